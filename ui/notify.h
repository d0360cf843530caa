#ifndef TCPWHY_NOTIFY_H
#define TCPWHY_NOTIFY_H
struct notify;
static inline struct notify *notify_open(void) { return 0; }
static inline void notify_close(struct notify *n) { (void)n; }
static inline void notify_ready(struct notify *n) { (void)n; }
static inline void notify_alive(struct notify *n) { (void)n; }
static inline void notify_stopping(struct notify *n) { (void)n; }
#endif
