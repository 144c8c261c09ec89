# A room is a folder, a namespace and a static library of the same name.

# hawser_room(NAME HEADERS ... SOURCES ... LINKS ... [PRIVATE_LINKS ...])
# Headers are found as "room/file.hpp" from the top of the repository, and each is verified to compile alone
# (target all_verify_interface_header_sets).
function(hawser_room name)
  cmake_parse_arguments(room "" "" "HEADERS;SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(hawser_${name} STATIC ${room_SOURCES})
  add_library(hawser::${name} ALIAS hawser_${name})
  set_target_properties(hawser_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(hawser_${name} PUBLIC cxx_std_20)
  target_sources(hawser_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${room_HEADERS})
  target_link_libraries(hawser_${name} PUBLIC ${room_LINKS} PRIVATE $<BUILD_INTERFACE:hawser_flags> ${room_PRIVATE_LINKS})
  hawser_install_room(${name})
endfunction()

# What `cmake --install` puts down: the runtime alone, or the whole server as a library (component runtime, server).
# Headers go below include/hawser, so that "room/file.hpp" is found there as it is here.
set(HAWSER_SERVER_ROOMS model conf cpu gpu actors net embed)

function(hawser_install_room name)
  if(name STREQUAL "runtime")
    set(component runtime)
  elseif(name IN_LIST HAWSER_SERVER_ROOMS)
    set(component server)
  else()
    return()
  endif()
  install(TARGETS hawser_${name} EXPORT hawser_${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hawser COMPONENT ${component})
endfunction()

# For what calls others and computes nothing itself: optimising it would be a third of its compilation.
set(HAWSER_QUICK_BUILD $<$<CONFIG:Release>:-O1>)

# Tests spend their time in what they test: optimising the tests themselves would be half of their compilation.
set(HAWSER_TEST_BUILD $<$<CONFIG:Release>:-O0>)

# hawser_test(NAME LABELS unit|loop|socket|model... SOURCES ... LINKS ...)
# One Boost.Test program a room, one CTest case a program. Labels say what it needs (unit: nothing; loop: an event loop;
# socket: loopback; model: a model file) and `threads` marks those worth a run under the thread sanitizer.
function(hawser_test name)
  cmake_parse_arguments(test "" "TIMEOUT" "LABELS;SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${test_SOURCES})
  target_compile_definitions(${name} PRIVATE HAWSER_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")
  target_link_libraries(${name} PRIVATE hawser_test_main hawser_flags ${test_LINKS})
  target_precompile_headers(${name} REUSE_FROM hawser_test_main)
  target_compile_options(${name} PRIVATE ${HAWSER_TEST_BUILD})
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --report_level=short --catch_system_errors=no)
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  if("unit" IN_LIST test_LABELS)
    add_dependencies(hawser_unit_tests ${name})
  endif()
  if("threads" IN_LIST test_LABELS)
    add_dependencies(hawser_thread_tests ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}" TIMEOUT ${test_TIMEOUT})
endfunction()

# Programs that the sanitizer runs of .ci/run and `make bench` build.
add_custom_target(hawser_unit_tests)
add_custom_target(hawser_thread_tests)
add_custom_target(hawser_benches)

# hawser_bench(NAME SOURCES ... LINKS ...): a program that prints one JSON line a workload; --smoke makes it short.
function(hawser_bench name)
  cmake_parse_arguments(bench "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${bench_SOURCES})
  target_link_libraries(${name} PRIVATE hawser_flags ${bench_LINKS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  add_dependencies(hawser_benches ${name})
endfunction()
