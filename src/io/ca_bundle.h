/* ca_bundle: where the system keeps the certificates it trusts. */
#ifndef LOWTIDE_IO_CA_BUNDLE_H
#define LOWTIDE_IO_CA_BUNDLE_H

/* A file that is there, $SSL_CERT_FILE first; NULL if none is known. */
const char *ca_bundle_path(void);

#endif
