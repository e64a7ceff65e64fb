/* wait-for-port ADDRESS PORT SECONDS: ends with 0 as soon as something accepts TCP connections there, with 1 when the
 * time is over, with 2 when it was called wrongly. ADDRESS is a numeric IPv4 address: a static program cannot look
 * names up in every container. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long number(const char *text, long least, long most)
{
    char *end;
    long value = strtol(text, &end, 10);

    return *text != '\0' && *end == '\0' && value >= least && value <= most ? value : -1;
}

static int accepts(const struct sockaddr_in *address)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int connected = s >= 0 && connect(s, (const struct sockaddr *)address, sizeof *address) == 0;

    if (s >= 0)
        close(s);
    return connected;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    long port = argc == 4 ? number(argv[2], 1, 65535) : -1;
    long seconds = argc == 4 ? number(argv[3], 0, 86400) : -1;

    if (port < 0 || seconds < 0 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
        fputs("usage: wait-for-port IPV4-ADDRESS PORT SECONDS\n", stderr);
        return 2;
    }
    address.sin_port = htons((unsigned short)port);
    for (long tenths = seconds * 10;; tenths--) {
        if (accepts(&address))
            return 0;
        if (tenths <= 0)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    }
    fprintf(stderr, "nothing accepts connections at %s:%ld\n", argv[1], port);
    return 1;
}
