# A room is a folder, a namespace and a static library of the same name.

# hawser_room(NAME HEADERS ... SOURCES ... LINKS ... [PRIVATE_LINKS ...])
# Headers are found as "room/file.hpp" from the top of the repository, and each is verified to compile alone
# (target all_verify_interface_header_sets).
function(hawser_room name)
  cmake_parse_arguments(room "" "" "HEADERS;SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(hawser_${name} STATIC ${room_SOURCES})
  add_library(hawser::${name} ALIAS hawser_${name})
  set_target_properties(hawser_${name} PROPERTIES EXPORT_NAME ${name})
  target_sources(hawser_${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${room_HEADERS})
  target_link_libraries(hawser_${name} PUBLIC ${room_LINKS} PRIVATE $<BUILD_INTERFACE:hawser_flags> ${room_PRIVATE_LINKS})
  if(HAWSER_TIDY)
    set_target_properties(hawser_${name} PROPERTIES CXX_CLANG_TIDY "${HAWSER_CLANG_TIDY};--quiet")
  endif()
endfunction()

# hawser_test(NAME LABELS unit|loop|socket|model... SOURCES ... LINKS ...)
# One Boost.Test program a room, one CTest case a program.
function(hawser_test name)
  cmake_parse_arguments(test "" "TIMEOUT" "LABELS;SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${test_SOURCES} ${PROJECT_SOURCE_DIR}/test/main.cpp)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK
    HAWSER_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}/data")
  target_link_libraries(${name} PRIVATE hawser_flags Boost::unit_test_framework ${test_LINKS})
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --report_level=short --catch_system_errors=no)
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${test_LABELS}" TIMEOUT ${test_TIMEOUT})
endfunction()
