# The runtime image: actiond as entrypoint and PID 1.
#
#   docker build -t actiond .
#   docker run --rm -p 127.0.0.1:8000:8000 -e SESSION_API_KEY=secret actiond --host 0.0.0.0 --port 8000
#
# Build arguments:
#   BASE_IMAGE   what both stages stand on; any Debian 12
#   RUN_AS       the image's user: root, or openhands (10001) for an unprivileged server. An image
#                built for root can still be run with `docker run --user openhands`.
ARG BASE_IMAGE=debian:12-slim

FROM ${BASE_IMAGE} AS build
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libhttp-parser-dev libwslay-dev \
        zlib1g-dev libjansson-dev libpcre2-dev libarchive-dev nettle-dev libvterm-dev libzmq3-dev \
        libstdc++-12-dev
WORKDIR /source
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY server server
COPY pty pty
COPY actions actions
COPY plugins plugins
COPY api api
RUN cmake --preset release -DACTIOND_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr/local \
    && cmake --build build/release \
    && DESTDIR=/staging cmake --install build/release --strip

FROM ${BASE_IMAGE}
ARG RUN_AS=root
ARG OPENHANDS_BUILD_GIT_SHA=unknown
ARG OPENHANDS_BUILD_GIT_REF=unknown
LABEL org.opencontainers.image.title="actiond" \
      org.opencontainers.image.description="The server inside a sandbox that executes an agent's actions" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${OPENHANDS_BUILD_GIT_SHA}"
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        bash ca-certificates git libuv1 libhttp-parser2.9 libwslay1 zlib1g libjansson4 \
        libpcre2-8-0 libnettle8 libvterm0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 openhands \
    && useradd --uid 10001 --gid 10001 --create-home --shell /bin/bash openhands \
    && mkdir -p /workspace/project \
    && chown -R openhands:openhands /workspace
COPY --from=build /staging/usr/local /usr/local
ENV LANG=C.UTF-8 \
    LC_ALL=C.UTF-8 \
    LOG_JSON=true \
    OPENHANDS_BUILD_GIT_SHA=${OPENHANDS_BUILD_GIT_SHA} \
    OPENHANDS_BUILD_GIT_REF=${OPENHANDS_BUILD_GIT_REF}
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=2s --start-period=2s CMD ["/usr/local/bin/actiond", "--probe"]
USER ${RUN_AS}
ENTRYPOINT ["/usr/local/bin/openhands-agent-server"]
