# The loadable part that wraps libcurl: never linked into the program, whose start it would slow. It
# lies beside the program, and in lib/actiond for programs one folder below, as the tests are.
add_library(actiond_curl MODULE plugins/http_client/curl_module.c)
target_include_directories(actiond_curl PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(actiond_curl PRIVATE _GNU_SOURCE)
# From libcurl's static library: the shared one brings 24 others, of them LDAP, Kerberos, SSH, a
# video protocol and two more libraries for TLS. What names those is never called, because only
# HTTP/1.1 is allowed; it points at a function that ends the program, but for the few that are
# called whenever libcurl is set up, and for names of hosts that are not ASCII, which fail. The
# names are read from the library, because each release has others.
find_library(CURL_STATIC libcurl.a REQUIRED)
execute_process(COMMAND ${CMAKE_NM} -u ${CURL_STATIC}
                OUTPUT_VARIABLE curl_undefined ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(Brotli|RTMP_|ZSTD_|ber_|gss_|GSS_|idn2_|ldap_|libssh2_|nghttp2_|psl_)[A-Za-z0-9_]+"
       curl_missing "${curl_undefined}")
list(REMOVE_DUPLICATES curl_missing)
set(curl_ready libssh2_init libssh2_exit idn2_check_version)
set(curl_refuses idn2_lookup_ul)
list(REMOVE_ITEM curl_missing ${curl_ready} ${curl_refuses})
foreach(group missing ready refuses)
    foreach(name IN LISTS curl_${group})
        target_link_options(actiond_curl PRIVATE -Wl,--defsym=${name}=curl_module_${group})
    endforeach()
endforeach()
target_link_options(actiond_curl PRIVATE -Wl,--gc-sections -Wl,--exclude-libs,ALL)
target_link_libraries(actiond_curl PRIVATE ${CURL_STATIC} ssl crypto ${ZLIB_STATIC})
set_target_properties(actiond_curl PROPERTIES
    C_VISIBILITY_PRESET hidden
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_custom_command(TARGET actiond_curl POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib/actiond
    COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:actiond_curl>
            ${CMAKE_BINARY_DIR}/lib/actiond/actiond_curl.so)
add_dependencies(plugins actiond_curl)
