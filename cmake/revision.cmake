# Writes OUT, the source that knows the revision of the checkout at SOURCE; an OUT that would be the same stays untouched,
# so that nothing is built again. Run by every build: cmake -D SOURCE=... -D OUT=... -P revision.cmake
set(revision "unknown")
find_program(git git)
if(git)
  execute_process(COMMAND ${git} -C ${SOURCE} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    execute_process(COMMAND ${git} -C ${SOURCE} diff-index --quiet HEAD -- RESULT_VARIABLE modified ERROR_QUIET)
    set(revision "${commit}")
    if(modified)
      string(APPEND revision "-modified")
    endif()
  endif()
endif()
set(text "#include \"embed/revision.hpp\"

namespace hawser::embed {

std::string_view revision() noexcept {
  return \"${revision}\";
}

}  // namespace hawser::embed
")
set(before "")
if(EXISTS "${OUT}")
  file(READ "${OUT}" before)
endif()
if(NOT before STREQUAL text)
  file(WRITE "${OUT}" "${text}")
endif()
