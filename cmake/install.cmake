# actiond, and the name under which backends start it.
include(GNUInstallDirs)
install(TARGETS actiond RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(CODE "
    file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    file(CREATE_LINK actiond
         \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/openhands-agent-server\"
         SYMBOLIC)")
if(TARGET actiond_archive)
    install(TARGETS actiond_archive LIBRARY DESTINATION lib/actiond)
endif()
