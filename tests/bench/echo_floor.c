/*
 * The floor under any HTTP answer: a loopback server that answers each request head with the same
 * fixed bytes, and looks at nothing. Prints its port, serves one connection, ends with it.
 */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n"
                                 "content-type: application/json\r\n\r\n{\"status\":\"ok\"}";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int one = 1;
    char request[4096];
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        return 1;
    (void)printf("%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    const int client = accept(listener, NULL, NULL);
    if (client < 0 || setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
        return 1;
    while (read(client, request, sizeof(request)) > 0) {
        if (write(client, answer, sizeof(answer) - 1) != (ssize_t)sizeof(answer) - 1)
            return 1;
    }
    return 0;
}
