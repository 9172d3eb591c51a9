# The C client library, as programs get it: msiwatch.dll and a static library, both of which hold
# all they need but Windows' own DLLs and show no other names than msiwatch.h's, and the files by
# which CMake and pkg-config find them. `cmake --install` installs it; the native build does, too,
# for programs that are tried against msiwatch-sim.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The sources, once: objects for both libraries, and what the fuzz harnesses compile anew.
add_library(msiwatch_client OBJECT
    msiwatch.c events.c history.c struct.c rpc.c rpc_error.c kept.c)
target_include_directories(msiwatch_client PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(msiwatch_client PRIVATE msiwatch_common yyjson::yyjson msiwatch_flags)
set_target_properties(msiwatch_client PROPERTIES POSITION_INDEPENDENT_CODE ON)
if(MINGW)
    # No pointers to what may be in another module: linkers merge those by name, with those of the
    # caller's, and ours have no names any more (one_object). All we point to is our own.
    foreach(library msiwatch_common msiwatch_client)
        target_compile_options(${library} PRIVATE -mcmodel=small)
    endforeach()
endif()
if(WIN32)
    target_sources(msiwatch_client PRIVATE transport_win32.c)
else()
    target_sources(msiwatch_client PRIVATE transport_posix.c)
endif()

# one_object(TARGET OUT): all of the objects of TARGET, with what they use of our own archives, in
# one object that shows only msiwatch_*: rpc_call or time_parse may be names of the caller's, too.
function(one_object target out)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${target}_whole${CMAKE_C_OUTPUT_EXTENSION})
    if(MINGW) # the stack protector is a library there; elsewhere it is the system's
        set(guard -static -lssp)
        # A yyjson with the protector has such a pointer, to its guard: one that is not merged.
        set(pointer .rdata$.refptr.__stack_chk_guard=.rdata$guard)
        set(own_pointer --rename-section ${pointer},contents,alloc,load,readonly,data)
    endif()
    add_custom_command(OUTPUT ${object}
        COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${object} $<TARGET_OBJECTS:${target}>
            $<TARGET_FILE:msiwatch_common> $<TARGET_FILE:yyjson::yyjson> ${guard}
        COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=msiwatch_* ${own_pointer}
            ${object}
        DEPENDS ${target} $<TARGET_OBJECTS:${target}> msiwatch_common
        COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
    set(${out} ${object} PARENT_SCOPE)
endfunction()

# client_libraries(STATIC SHARED TARGET): both libraries, of the objects of TARGET.
function(client_libraries static shared target)
    set(exports ${PROJECT_SOURCE_DIR}/client/msiwatch.def)
    if(MSVC) # names are not hidden there
        add_library(${static} STATIC $<TARGET_OBJECTS:${target}>)
        set_target_properties(${static} PROPERTIES STATIC_LIBRARY_OPTIONS
            "$<TARGET_FILE:msiwatch_common>;$<TARGET_FILE:yyjson::yyjson>")
        add_dependencies(${static} msiwatch_common)
        add_library(${shared} SHARED $<TARGET_OBJECTS:${target}>)
        target_link_libraries(${shared} PRIVATE msiwatch_common yyjson::yyjson)
    else()
        one_object(${target} object)
        add_library(${static} STATIC ${object})
        add_library(${shared} SHARED ${object})
    endif()
    target_link_libraries(${shared} PRIVATE $<BUILD_INTERFACE:msiwatch_flags>)
    foreach(library ${static} ${shared})
        target_include_directories(${library} INTERFACE
            $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/client>
            $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
        set_target_properties(${library} PROPERTIES LINKER_LANGUAGE C)
    endforeach()
    if(WIN32)
        target_link_libraries(${static} INTERFACE advapi32)
        target_link_libraries(${shared} PRIVATE advapi32)
        target_sources(${shared} PRIVATE ${exports})
        target_compile_definitions(${shared} INTERFACE MSIWATCH_USE_DLL)
    endif()
    if(MSVC)
        target_link_options(${shared} PRIVATE /DEPENDENTLOADFLAG:0x800)
    endif()
endfunction()

client_libraries(msiwatch_static msiwatch_shared msiwatch_client)

# The name of the DLL is for ever: what breaks the ABI would have to be another library. MSVC gives
# an import library and a static one the same name, and a program and a DLL the same .pdb.
set_target_properties(msiwatch_shared PROPERTIES OUTPUT_NAME msiwatch EXPORT_NAME msiwatch
    SOVERSION 1 PDB_NAME msiwatch_dll)
set_target_properties(msiwatch_static PROPERTIES EXPORT_NAME static
    OUTPUT_NAME $<IF:$<BOOL:${MSVC}>,msiwatch_static,msiwatch>)

# version_resource(NAME [DEFINITIONS...]). Apart, for the resource compiler knows none of the C
# compiler's options.
function(version_resource name)
    add_library(${name} OBJECT msiwatch.rc)
    target_compile_definitions(${name} PRIVATE ${ARGN}
        MSIWATCH_MAJOR=${PROJECT_VERSION_MAJOR}
        MSIWATCH_MINOR=${PROJECT_VERSION_MINOR}
        MSIWATCH_PATCH=${PROJECT_VERSION_PATCH})
endfunction()

if(WIN32)
    set_target_properties(msiwatch_shared PROPERTIES PREFIX "")
    version_resource(msiwatch_dll_resources MSIWATCH_DLL)
    target_sources(msiwatch_shared PRIVATE $<TARGET_OBJECTS:msiwatch_dll_resources>)
endif()

# ---- installed ----

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/msiwatch)
install(TARGETS msiwatch_shared msiwatch_static EXPORT msiwatchTargets
    RUNTIME COMPONENT library LIBRARY COMPONENT library ARCHIVE COMPONENT library)
install(FILES msiwatch.h TYPE INCLUDE COMPONENT library)
install(EXPORT msiwatchTargets NAMESPACE msiwatch:: DESTINATION ${package} COMPONENT library)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/msiwatchConfig.cmake
    "# msiwatch::msiwatch is the DLL, msiwatch::static the static library.\n"
    "include(\${CMAKE_CURRENT_LIST_DIR}/msiwatchTargets.cmake)\n")
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/msiwatchConfigVersion.cmake
    COMPATIBILITY SameMajorVersion)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/msiwatchConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/msiwatchConfigVersion.cmake
    DESTINATION ${package} COMPONENT library)

if(WIN32)
    set(private_libraries -ladvapi32)
endif()
configure_file(msiwatch.pc.in msiwatch.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/msiwatch.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
