# find_package(hawser COMPONENTS runtime) gives hawser::runtime, with COMPONENTS server hawser::embed and all below it.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/hawser)

set_target_properties(hawser_asio PROPERTIES EXPORT_NAME asio)
install(TARGETS hawser_asio EXPORT hawser_runtime ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
foreach(component runtime server)
  install(EXPORT hawser_${component} NAMESPACE hawser:: DESTINATION ${package} FILE hawser-${component}.cmake
    COMPONENT ${component})
endforeach()

configure_package_config_file(cmake/hawser-config.cmake.in "${PROJECT_BINARY_DIR}/hawser-config.cmake"
  INSTALL_DESTINATION ${package})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/hawser-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/hawser-config.cmake" "${PROJECT_BINARY_DIR}/hawser-config-version.cmake"
  DESTINATION ${package} COMPONENT runtime)
