# embed_file(TARGET FILE SYMBOL): the bytes of FILE become `const unsigned char SYMBOL[]` and their
# number `const size_t SYMBOL_len` inside TARGET.
function(embed_file target file symbol)
    set(source ${CMAKE_BINARY_DIR}/embedded/${symbol}.c)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
    file(READ ${PROJECT_SOURCE_DIR}/${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    file(CONFIGURE OUTPUT ${source} CONTENT
"#include <stddef.h>
extern const unsigned char ${symbol}[];
extern const size_t ${symbol}_len;
const unsigned char ${symbol}[] = {${bytes}};
const size_t ${symbol}_len = sizeof(${symbol});
" @ONLY)
    target_sources(${target} PRIVATE ${source})
endfunction()
