# The loadable part that wraps libarchive: never linked into the program, whose start it would slow.
# It lies beside the program, and in lib/actiond for programs one folder below, as the tests are.
add_library(actiond_archive MODULE actions/archive_module.c)
target_include_directories(actiond_archive PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(actiond_archive PRIVATE _GNU_SOURCE)
# From libarchive's static library, without the formats that are not written here: the shared one
# brings an XML parser, its character tables and six compressors, 35 MB in all, for formats like xar.
find_library(ARCHIVE_LIBRARY libarchive.a REQUIRED)
find_library(NETTLE_LIBRARY nettle REQUIRED)
foreach(format 7zip cpio cpio_bin cpio_newc cpio_odc cpio_pwb iso9660 mtree mtree_classic raw shar
        shar_dump warc xar)
    target_link_options(actiond_archive PRIVATE
        -Wl,--defsym=archive_write_set_format_${format}=0)
endforeach()
target_link_options(actiond_archive PRIVATE -Wl,--gc-sections
    -Wl,--exclude-libs,ALL)
target_link_libraries(actiond_archive PRIVATE ${ARCHIVE_LIBRARY} PkgConfig::ZLIB ${NETTLE_LIBRARY})
set_target_properties(actiond_archive PROPERTIES
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_custom_command(TARGET actiond_archive POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib/actiond
    COMMAND ${CMAKE_COMMAND} -E create_symlink $<TARGET_FILE:actiond_archive>
            ${CMAKE_BINARY_DIR}/lib/actiond/actiond_archive.so)
add_dependencies(actions actiond_archive)
