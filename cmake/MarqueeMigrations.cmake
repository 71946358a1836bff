# The schema of PostgreSQL, deploy/postgres/NNN_*.sql, as constant data of marquee_adapters_postgres.
# Include this after marquee_libraries_from().
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/deploy/postgres/[0-9]*.sql)
set(migrations_source ${CMAKE_BINARY_DIR}/migrations/migrations.cpp)
add_custom_command(OUTPUT ${migrations_source}
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/embed_migrations.py ${migrations_source} ${migrations}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_migrations.py ${migrations}
  COMMENT "Embedding the schema of PostgreSQL" VERBATIM)
target_sources(marquee_adapters_postgres PRIVATE ${migrations_source})
