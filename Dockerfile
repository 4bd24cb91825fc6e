# The runtime image: actiond as entrypoint and PID 1.
#
#   docker build -t actiond .
#   docker run --rm -p 127.0.0.1:8000:8000 -e SESSION_API_KEY=secret actiond --host 0.0.0.0 --port 8000
#
# The target `v0` is the image for backends of the V0 action execution server (docs/v0.md):
#
#   docker build --target v0 -t actiond-v0 .
#
# Build arguments:
#   BASE_IMAGE   what all stages stand on; any Debian 12
#   IPYKERNEL    what pip installs for the notebooks of the V0 image; empty: it has none
#   RUN_AS       the image's user: root, or openhands (10001) for an unprivileged server. An image
#                built for root can still be run with `docker run --user openhands`.
ARG BASE_IMAGE=debian:12-slim

FROM ${BASE_IMAGE} AS build
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        gcc libc6-dev cmake ninja-build pkg-config libuv1-dev libhttp-parser-dev libwslay-dev \
        zlib1g-dev libjansson-dev libpcre2-dev libarchive-dev nettle-dev libzmq3-dev \
        libcurl4-openssl-dev libssl-dev libstdc++-12-dev
WORKDIR /source
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY server server
COPY pty pty
COPY actions actions
COPY plugins plugins
COPY agent agent
COPY api api
RUN cmake --preset release -DACTIOND_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr/local \
    && cmake --build build/release \
    && DESTDIR=/staging cmake --install build/release --strip

# What both images have.
FROM ${BASE_IMAGE} AS runtime
ARG OPENHANDS_BUILD_GIT_SHA=unknown
ARG OPENHANDS_BUILD_GIT_REF=unknown
LABEL org.opencontainers.image.title="actiond" \
      org.opencontainers.image.description="The server inside a sandbox that executes an agent's actions" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${OPENHANDS_BUILD_GIT_SHA}"
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        bash ca-certificates git libuv1 libhttp-parser2.9 libwslay1 zlib1g libjansson4 \
        libpcre2-8-0 libnettle8 libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /staging/usr/local /usr/local
ENV LANG=C.UTF-8 \
    LC_ALL=C.UTF-8 \
    LOG_JSON=true \
    OPENHANDS_BUILD_GIT_SHA=${OPENHANDS_BUILD_GIT_SHA} \
    OPENHANDS_BUILD_GIT_REF=${OPENHANDS_BUILD_GIT_REF}

# The image for V0 backends. They start the server by the words of the reference's image, as root,
# for a user that it adds with the number they ask for; so there is none of that name yet. The
# interpreter of notebooks lies where clients expect it, and that user, whose group is root's, may
# install packages for it.
FROM runtime AS v0
ARG IPYKERNEL=ipykernel==6.29.5
ENV VIRTUAL_ENV=/openhands/poetry/openhands-ai-5O4_aCHf-py3.12
ENV PATH=${VIRTUAL_ENV}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        curl passwd poppler-utils procps python3 python3-venv ripgrep sudo util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv "${VIRTUAL_ENV}" \
    && if [ -n "${IPYKERNEL}" ]; then \
        "${VIRTUAL_ENV}/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check "${IPYKERNEL}"; \
    fi \
    && chmod -R g+rwX "${VIRTUAL_ENV}" \
    && mkdir -p /openhands/code /openhands/micromamba/bin /workspace \
    && ln -s /usr/local/bin/actiond /openhands/micromamba/bin/micromamba
WORKDIR /openhands/code
HEALTHCHECK NONE

FROM runtime
ARG RUN_AS=root
RUN groupadd --gid 10001 openhands \
    && useradd --uid 10001 --gid 10001 --create-home --shell /bin/bash openhands \
    && mkdir -p /workspace/project \
    && chown -R openhands:openhands /workspace
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=2s --start-period=2s CMD ["/usr/local/bin/actiond", "--probe"]
USER ${RUN_AS}
ENTRYPOINT ["/usr/local/bin/openhands-agent-server"]
