# Options, compilers and the flags that every target of ours carries through hawser_flags.
set(HAWSER_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Dev: fast to compile, good to debug, quick enough for tests that run a model.
# Not cache variables: project() has already put empty ones there.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_DEV "-O1 -g1 -fno-omit-frame-pointer")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(HAWSER_CCACHE ccache)
if(HAWSER_CCACHE)
  # A precompiled header changes its time at every build; without the sloppiness ccache would never hit. The base makes
  # two checkouts share what they compile.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_PCH_EXTSUM=true ${HAWSER_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(hawser_flags INTERFACE)
target_compile_features(hawser_flags INTERFACE cxx_std_20)
target_compile_options(hawser_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wold-style-cast -Woverloaded-virtual
  -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wextra-semi -Wundef
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
  # Asio and Beast's coroutines trip it inside their own templates.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-mismatched-new-delete>
  $<$<CXX_COMPILER_ID:Clang>:-Wnon-virtual-dtor -Wno-unused-private-field -Wno-gnu-zero-variadic-macro-arguments>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # -fpch-instantiate-templates: the templates of a precompiled header are instantiated once.
  target_compile_options(hawser_flags INTERFACE -fpch-instantiate-templates)
endif()

if(HAWSER_SANITIZE)
  add_compile_options(-fsanitize=${HAWSER_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HAWSER_SANITIZE})
endif()
