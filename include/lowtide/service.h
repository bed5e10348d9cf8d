/* service: what a service manager is told (systemd's sd_notify protocol); nothing where there is none. */
#ifndef LOWTIDE_SERVICE_H
#define LOWTIDE_SERVICE_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…", "STATUS=…", "WATCHDOG=1": sd_notify(3), systemd 252. */
void service_notify(const char *state);

/* How often WATCHDOG=1 is to be told: half of what the manager allows; 0 if it does not watch. */
int64_t service_watchdog_ms(void);

#endif
