# marquee_assets: the files of the viewer's page (build/page, made by tools/build_page) and the API's
# document (openapi/) as constant data in the program, behind src/app/assets.h. Without a built page
# a small one says how to build it. Include this after marquee_libraries_from(): it links the page to
# marquee_app.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(MARQUEE_PAGE ${CMAKE_SOURCE_DIR}/build/page CACHE PATH "The built page to embed")
set(out ${CMAKE_BINARY_DIR}/page_assets)

# Looks at the page at every build, but touches its outputs only when they change: what follows is
# then up to date (restat).
add_custom_target(marquee_page_sources
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/embed_assets.py ${MARQUEE_PAGE} ${out}
          ${CMAKE_SOURCE_DIR}/openapi
  BYPRODUCTS ${out}/assets.S ${out}/assets.cpp ${out}/assets.bin
  COMMENT "Embedding the page" VERBATIM)
set_source_files_properties(${out}/assets.S PROPERTIES OBJECT_DEPENDS ${out}/assets.bin)

add_library(marquee_assets STATIC ${out}/assets.S ${out}/assets.cpp)
add_dependencies(marquee_assets marquee_page_sources)
target_include_directories(marquee_assets PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(marquee_assets PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Werror>)

get_target_property(type marquee_app TYPE)
if(type STREQUAL "INTERFACE_LIBRARY")
  target_link_libraries(marquee_app INTERFACE marquee_assets)
else()
  target_link_libraries(marquee_app PUBLIC marquee_assets)
endif()
