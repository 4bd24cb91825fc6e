# The texts of the system prompt; agent/prompt/texts.h says what each file is for.
file(GLOB prompt_texts CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/agent/prompt/sections
     ${PROJECT_SOURCE_DIR}/agent/prompt/sections/*.md)
foreach(file IN LISTS prompt_texts)
    string(REPLACE ".md" "" name "${file}")
    embed_file(agent agent/prompt/sections/${file} prompt_${name})
endforeach()
