# SPDX-License-Identifier: BSD-2-Clause
# doc/verdicts.md -> the texts of --explain: the sections of verdicts as strings, without Markdown.

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

function begin_part(name) {
	end_part()
	part = name
	printf "\t\t.%s =", name
}

BEGIN {
	print "/* Made from doc/verdicts.md by ui/pages.awk. */"
	print "#include \"ui/phrases.h\"\n"
	print "const struct verdict_page verdict_pages[VERDICT_CODES] = {"
}

/^#/ {
	end_section()
}

/^### [a-z0-9-]+$/ {
	slug = $2
	id = toupper(slug)
	gsub(/-/, "_", id)
	printf "\t[VERDICT_%s] = {\n", id
	numbered = 0
	next
}

slug == "" || NF == 0 {
	next
}

# Number, class and confidence stand in analyzer/verdict.h, too.
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
	end_section()
	print "};"
}
