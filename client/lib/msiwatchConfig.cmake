# msiwatch::msiwatch is the DLL, msiwatch::static the static library. From a package that MinGW built,
# other compilers get only the DLL, with its second import library, because the static library needs
# MinGW's own libraries.
if("${CMAKE_C_COMPILER_ARCHITECTURE_ID}${CMAKE_CXX_COMPILER_ARCHITECTURE_ID}" MATCHES "ARM64($|ARM64$)"
        AND EXISTS "${CMAKE_CURRENT_LIST_DIR}/../../libmsiwatch.dll.a")
    set(${CMAKE_FIND_PACKAGE_NAME}_FOUND FALSE)
    set(${CMAKE_FIND_PACKAGE_NAME}_NOT_FOUND_MESSAGE "These are x64's libraries; for ARM64 see the SDK's README")
    return()
endif()
include(${CMAKE_CURRENT_LIST_DIR}/msiwatch_shared.cmake)
if(WIN32 AND NOT MINGW AND EXISTS "${CMAKE_CURRENT_LIST_DIR}/../../libmsiwatch.dll.a")
    get_target_property(_msiwatch_builds msiwatch::msiwatch IMPORTED_CONFIGURATIONS)
    foreach(_msiwatch_build ${_msiwatch_builds})
        set_target_properties(msiwatch::msiwatch PROPERTIES
            IMPORTED_IMPLIB_${_msiwatch_build} "${CMAKE_CURRENT_LIST_DIR}/../../msiwatch.lib")
    endforeach()
else()
    include(${CMAKE_CURRENT_LIST_DIR}/msiwatch_static.cmake)
endif()
