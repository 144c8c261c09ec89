# The libraries that hawser stands on; each comes from the system (Debian 12 names in tools/setup.sh).
find_package(Threads REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS context json unit_test_framework)
find_package(TBB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(PkgConfig REQUIRED)
# Named, and not taken from its .pc, whose definitions would part its users from precompiled headers.
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
find_path(HIREDIS_INCLUDE_DIR hiredis/async.h REQUIRED)
# Not needed: without it the command does not speak with systemd.
find_library(LIBSYSTEMD_LIBRARY systemd)
find_path(LIBSYSTEMD_INCLUDE_DIR systemd/sd-daemon.h)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

# Asio and Beast compiled once, here, and not in every file that includes them.
add_library(hawser_asio STATIC cmake/asio.cpp)
target_compile_definitions(hawser_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
target_compile_features(hawser_asio PUBLIC cxx_std_20)
target_link_libraries(hawser_asio PUBLIC Boost::headers Threads::Threads)
# g++ warns on Asio's fences, which its thread sanitizer cannot follow; clang does neither.
if(HAWSER_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(hawser_asio PUBLIC -Wno-tsan)
endif()
