# The Windows half. What the listener and the waiter need goes into msiwatch_service; the rest, which
# only msiwatchd and the tests under Wine need, is msiwatch_windows.
target_sources(msiwatch_service PRIVATE
    base/win32_error.c files/acl_win32.c files/default_folder_win32.c
    pipe/acceptor_win32.c pipe/claim_win32.c pipe/pipe_api_win32.c pipe/client_process_win32.c
    pipe/security_win32.c)
target_link_libraries(msiwatch_service PUBLIC msiwatch_win32 advapi32 shell32 ole32 uuid)

add_library(msiwatch_windows STATIC
    host/host.c host/console.c host/scm_service.c host/scm_install.c host/scm_configure.c
    host/scm_entry.c host/scm_control.c host/command_line.c host/mitigation_win32.c
    eventlog/sink_win32.c config/registry_win32.c
    observe/system_win32.c
    observe/sensor_mutex_win32.c observe/sensor_msiserver_win32.c
    observe/sensor_registry_win32.c
    observe/sensor_install_log_win32.c)
target_link_libraries(msiwatch_windows PUBLIC msiwatch_service PRIVATE msiwatch_flags)

# The words of the events in Windows' event log: a header with their numbers, and a resource.
find_program(MSIWATCH_MESSAGE_COMPILER NAMES mc windmc x86_64-w64-mingw32-windmc REQUIRED)
set(messages ${CMAKE_CURRENT_BINARY_DIR}/messages)
file(MAKE_DIRECTORY ${messages})
add_custom_command(
    OUTPUT ${messages}/messages.h ${messages}/messages.rc ${messages}/MSG00409.bin
    COMMAND ${MSIWATCH_MESSAGE_COMPILER} -h ${messages} -r ${messages}
        ${CMAKE_CURRENT_SOURCE_DIR}/eventlog/messages.mc
    WORKING_DIRECTORY ${messages}
    DEPENDS eventlog/messages.mc
    VERBATIM)
add_custom_target(msiwatch_messages DEPENDS ${messages}/messages.h)
add_dependencies(msiwatch_windows msiwatch_messages)
target_include_directories(msiwatch_windows SYSTEM PRIVATE ${messages})

# The words go into a DLL without code, and without anything that changes with the product's
# version: eventlog/events.rc says why.
add_library(msiwatchevents MODULE eventlog/events.rc ${messages}/messages.rc)
target_include_directories(msiwatchevents PRIVATE ${messages})
set_target_properties(msiwatchevents PROPERTIES
    PREFIX "" LINKER_LANGUAGE C LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(MSVC)
    target_link_options(msiwatchevents PRIVATE /NOENTRY /MANIFEST:NO)
else()
    target_link_options(msiwatchevents PRIVATE -nostdlib -Wl,--entry=0,--no-insert-timestamp)
endif()

# Apart, for the resource compiler knows none of the C compiler's options.
add_library(msiwatchd_resources OBJECT msiwatchd.rc)
target_compile_definitions(msiwatchd_resources PRIVATE
    MSIWATCH_MAJOR=${PROJECT_VERSION_MAJOR}
    MSIWATCH_MINOR=${PROJECT_VERSION_MINOR}
    MSIWATCH_PATCH=${PROJECT_VERSION_PATCH})
target_include_directories(msiwatchd_resources PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
set_source_files_properties(msiwatchd.rc PROPERTIES
    OBJECT_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/msiwatchd.manifest)

add_executable(msiwatchd main.c)
target_link_libraries(msiwatchd
    PRIVATE msiwatch_windows msiwatchd_resources msiwatch_service msiwatch_flags)
add_dependencies(msiwatchd msiwatchevents) # which 'install' enters as the source of events
if(MSVC)
    # The manifest is in the resources; imports, too, come from System32 alone.
    target_link_options(msiwatchd PRIVATE /MANIFEST:NO /DEPENDENTLOADFLAG:0x800)
endif()
