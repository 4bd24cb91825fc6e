# Tokens for secrets on disk (cipher.c): two algorithms out of nettle's static library.
find_library(NETTLE_STATIC libnettle.a REQUIRED)
target_link_libraries(agent PUBLIC ${NETTLE_STATIC})
