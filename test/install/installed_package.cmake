# cmake -D BUILD=... -D SOURCE=... -D HERE=... -D COMPILER=... -D GENERATOR=... -P installed_package.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    message(FATAL_ERROR "${ARGN}: ${failed}\n${said}")
  endif()
endfunction()

file(REMOVE_RECURSE "${HERE}/prefix" "${HERE}/moved" "${HERE}/user")
foreach(component runtime server)
  run(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${HERE}/prefix" --component ${component})
endforeach()
file(RENAME "${HERE}/prefix" "${HERE}/moved")

file(GLOB_RECURSE scripts "${HERE}/moved/*.cmake")
foreach(script ${scripts})
  file(STRINGS "${script}" found REGEX "${SOURCE}|${BUILD}")
  if(found)
    message(FATAL_ERROR "${script} names the place where it was built: ${found}")
  endif()
endforeach()

run(${CMAKE_COMMAND} -S "${SOURCE}/test/install/user" -B "${HERE}/user" -G ${GENERATOR} "-DCMAKE_PREFIX_PATH=${HERE}/moved"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DEXAMPLES=${SOURCE}/examples")
run(${CMAKE_COMMAND} --build "${HERE}/user")
run("${HERE}/user/hand_crank")
