# HAWSER_FULL_VERSION: 0.1.0 at its tag, 0.1.0+gREVISION elsewhere. A source archive has no repository: then the file VERSION
# speaks, and without one the project's own number. Read when CMake is configured.
set(HAWSER_FULL_VERSION "${PROJECT_VERSION}")
if(EXISTS "${PROJECT_SOURCE_DIR}/VERSION")
  file(STRINGS "${PROJECT_SOURCE_DIR}/VERSION" HAWSER_FULL_VERSION LIMIT_COUNT 1)
else()
  execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" describe --tags --exact-match --match "v${PROJECT_VERSION}"
    RESULT_VARIABLE untagged OUTPUT_QUIET ERROR_QUIET)
  execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" rev-parse --short=10 HEAD
    RESULT_VARIABLE unknown OUTPUT_VARIABLE revision ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(untagged AND NOT unknown)
    string(APPEND HAWSER_FULL_VERSION "+g${revision}")
  endif()
endif()
