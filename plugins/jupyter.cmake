# The loadable part that wraps libzmq for notebook kernels: never linked into the program. It lies
# beside the program, and in lib/actiond for programs one folder below, as the tests are.
add_library(actiond_zmq MODULE plugins/jupyter/zmq_module.c)
target_include_directories(actiond_zmq PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(actiond_zmq PRIVATE _GNU_SOURCE)
# From libzmq's static library: the shared one brings 19 others, of them Kerberos, two multicast
# transports, an XML parser and its character tables. What names those is never called; it points at
# a function that ends the program, but for the few that are called whenever a context is opened.
find_library(ZMQ_LIBRARY libzmq.a REQUIRED)
set(zmq_missing
    crypto_box crypto_box_afternm crypto_box_beforenm crypto_box_easy_afternm crypto_box_keypair
    crypto_box_open crypto_box_open_afternm crypto_box_open_easy_afternm crypto_scalarmult_base
    crypto_secretbox crypto_secretbox_open randombytes sodium_allocarray sodium_free strlcpy
    gss_accept_sec_context gss_acquire_cred gss_delete_sec_context gss_display_name
    gss_import_name gss_init_sec_context gss_release_buffer gss_release_cred gss_release_name
    gss_unwrap gss_wrap GSS_C_NT_HOSTBASED_SERVICE GSS_C_NT_USER_NAME
    NORM_INSTANCE_INVALID NORM_NODE_ANY NORM_OBJECT_INVALID NORM_SESSION_INVALID
    NormCreateInstance NormCreateSession NormDestroyInstance NormDestroySession NormGetDescriptor
    NormGetNextEvent NormGetRandomSessionId NormIsUnicastAddress NormNodeDelete NormObjectGetType
    NormObjectGetUserData NormObjectSetUserData NormSetCongestionControl NormSetDefaultSyncPolicy
    NormSetDefaultUnicastNack NormSetLoopback NormSetMulticastInterface NormSetRxPortReuse
    NormSetTTL NormStartReceiver NormStartSender NormStopInstance NormStopReceiver NormStopSender
    NormStreamFlush NormStreamOpen NormStreamRead NormStreamSeekMsgStart NormStreamWrite
    pgm_bind3 pgm_close pgm_connect pgm_error_free pgm_free pgm_freeaddrinfo pgm_getaddrinfo
    pgm_getsockopt pgm_gsi_create_from_data pgm_recvmsgv pgm_send pgm_setsockopt pgm_socket)
set(zmq_ready pgm_init pgm_shutdown sodium_init randombytes_close)
foreach(name IN LISTS zmq_missing)
    target_link_options(actiond_zmq PRIVATE -Wl,--defsym=${name}=zmq_module_missing)
endforeach()
foreach(name IN LISTS zmq_ready)
    target_link_options(actiond_zmq PRIVATE -Wl,--defsym=${name}=zmq_module_ready)
endforeach()
# The static library is compiled for programs: variables of other libraries must lie in this one.
target_link_options(actiond_zmq PRIVATE
    -Wl,--defsym=stderr=zmq_module_stderr -Wl,--defsym=__libc_single_threaded=zmq_module_zero
    -Wl,--defsym=in6addr_any=zmq_module_zero
    -Wl,--gc-sections -Wl,--exclude-libs,ALL -static-libgcc)
target_link_libraries(actiond_zmq PRIVATE ${ZMQ_LIBRARY} -l:libstdc++.a ${NETTLE_LIBRARY} m)
set_target_properties(actiond_zmq PROPERTIES
    C_VISIBILITY_PRESET hidden
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_custom_command(TARGET actiond_zmq POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib/actiond
    COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:actiond_zmq>
            ${CMAKE_BINARY_DIR}/lib/actiond/actiond_zmq.so)
add_dependencies(plugins actiond_zmq)
# What kernels import of ours, found beside the program as well.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/actiond)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/plugins/jupyter/python
     ${CMAKE_BINARY_DIR}/share/actiond/python SYMBOLIC)
