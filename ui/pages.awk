# SPDX-License-Identifier: BSD-2-Clause
# doc/verdicts.md, doc/findings.md -> the texts of --explain: their sections as strings, without Markdown.
# The file that is read tells which table is made: verdict_pages or finding_pages.

function quoted(text) {
	gsub(/\*\*|`/, "", text)
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

# Ends the string that is being written, if any.
function end_part() {
	if (part != "")
		print ","
	part = ""
}

function end_section() {
	end_part()
	if (slug != "")
		print "\t},"
	slug = ""
}

function end_table() {
	end_section()
	if (kind != "")
		print "};"
}

function begin_part(name) {
	end_part()
	part = name
	printf "\t\t.%s =", name
}

FNR == 1 {
	end_table()
	kind = FILENAME ~ /findings\.md$/ ? "finding" : "verdict"
	printf "\nconst struct page %s_pages[%s_CODES] = {\n", kind, toupper(kind)
}

BEGIN {
	print "/* Made from doc/verdicts.md and doc/findings.md by ui/pages.awk. */"
	print "#include \"ui/finding_phrases.h\""
	print "#include \"ui/phrases.h\""
}

/^#/ {
	end_section()
}

# A row of the table of tags.
/^## / {
	tags = kind == "verdict" && $2 == "Tags"
}

tags && /^\| `[a-z0-9-]+` \| / {
	id = $2
	gsub(/`/, "", id)
	id = toupper(id)
	gsub(/-/, "_", id)
	text = $0
	sub(/^\|[^|]*\| /, "", text)
	sub(/ \|$/, "", text)
	tag_rows[++tag_count] = sprintf("\t[TAG_%s] = %s,", id, quoted(text))
	next
}

/^### [a-z0-9-]+$/ {
	slug = $2
	id = toupper(slug)
	gsub(/-/, "_", id)
	printf "\t[%s_%s] = {\n", toupper(kind), id
	numbered = 0
	next
}

slug == "" || NF == 0 {
	next
}

# Number, class and confidence, or subject and severity: the tables have them, too.
!numbered {
	numbered = 1
	begin_part("meaning")
	first = 1
	next
}

/^\*\*(Proof|Else|Next)\.\*\* / {
	begin_part(/^\*\*P/ ? "proof" : /^\*\*E/ ? "otherwise" : "next")
	sub(/^[^ ]* /, "")
	first = 1
}

{
	printf "\n\t\t\t%s", quoted((first ? "" : " ") $0)
	first = 0
}

END {
	end_table()
	print "\nconst char *const tag_pages[TAG_CODES] = {"
	for (i = 1; i <= tag_count; i++)
		print tag_rows[i]
	print "};"
}
