# One target per room. The words after USES feed the linker and, through rooms.txt, the test that reads
# every #include (tests/rooms_test.py), so the two cannot disagree.

file(REMOVE ${PROJECT_BINARY_DIR}/rooms.txt)

#   pcq_room(HEADERS overlay.h SOURCES overlay.cc USES src/base src/crypto LIBRARIES OpenSSL::Crypto)
function(pcq_room)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "HEADERS;SOURCES;USES;LIBRARIES")
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "_" target pcq_${folder})
  list(TRANSFORM arg_USES REPLACE "/" "_" OUTPUT_VARIABLE used)
  list(TRANSFORM used PREPEND pcq_)

  add_library(${target} STATIC ${arg_SOURCES})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_link_libraries(${target} PUBLIC ${used} ${arg_LIBRARIES} PRIVATE pcq_options)
  file(APPEND ${PROJECT_BINARY_DIR}/rooms.txt "${folder} ${arg_USES}\n")
endfunction()

#   pcq_test(NAME ledger_test SOURCES a_test.cc b_test.cc USES src/ledger LABELS unit)
function(pcq_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "SOURCES;USES;LIBRARIES;LABELS")
  list(TRANSFORM arg_USES REPLACE "/" "_" OUTPUT_VARIABLE used)
  list(TRANSFORM used PREPEND pcq_)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * ${PCQ_PATIENCE}")

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${used} ${arg_LIBRARIES} pcq_options GTest::gmock GTest::gtest_main)
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()

#   pcq_bench(NAME ledger_bench SOURCES ledger_bench.cc USES src/ledger)
#
# A benchmark is built with the tests. CTest (label bench) only runs it for a moment, to see that it still works; to measure
# run build/release/bin/ledger_bench, alone on the machine.
function(pcq_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;USES;LIBRARIES")
  list(TRANSFORM arg_USES REPLACE "/" "_" OUTPUT_VARIABLE used)
  list(TRANSFORM used PREPEND pcq_)

  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${used} ${arg_LIBRARIES} pcq_options benchmark::benchmark benchmark::benchmark_main)
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} --benchmark_min_time=0.01)
  math(EXPR timeout "300 * ${PCQ_PATIENCE}")
  set_tests_properties(${arg_NAME} PROPERTIES LABELS bench TIMEOUT ${timeout})
endfunction()
