# The loadable part that wraps libarchive: never linked into the program, whose start it would slow.
# It lies beside the program, and in lib/actiond for programs one folder below, as the tests are.
add_library(actiond_archive MODULE actions/archive_module.c)
target_include_directories(actiond_archive PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(actiond_archive PRIVATE _GNU_SOURCE)
target_link_libraries(actiond_archive PRIVATE PkgConfig::ARCHIVE)
set_target_properties(actiond_archive PROPERTIES
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_custom_command(TARGET actiond_archive POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib/actiond
    COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:actiond_archive>
            ${CMAKE_BINARY_DIR}/lib/actiond/actiond_archive.so)
add_dependencies(actions actiond_archive)
