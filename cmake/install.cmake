# actiond, and the name under which backends start it.
include(GNUInstallDirs)
install(TARGETS actiond RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(CODE "
    file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    file(CREATE_LINK actiond
         \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/openhands-agent-server\"
         SYMBOLIC)")
foreach(part actiond_archive actiond_zmq actiond_curl)
    if(TARGET ${part})
        install(TARGETS ${part} LIBRARY DESTINATION lib/actiond)
    endif()
endforeach()
install(DIRECTORY plugins/jupyter/python DESTINATION share/actiond
        FILES_MATCHING PATTERN "*.py")
