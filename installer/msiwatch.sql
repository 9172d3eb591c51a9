# msiwatch.sql: what the package needs and wixl cannot write. make_msi.sh runs it with msibuild, one
# statement per line. @VERSION_OF name@ and @LANGUAGE_OF name@ come from the file's own resources.

# If the table had no version, an older installed file that has one would stay.
UPDATE `File` SET `FileName` = 'MSIWAT~1.EXE|msiwatchd.exe', `Version` = '@VERSION_OF msiwatchd.exe@', `Language` = '@LANGUAGE_OF msiwatchd.exe@' WHERE `File` = 'msiwatchd.exe'
UPDATE `File` SET `Version` = '@VERSION_OF msiwatch.exe@', `Language` = '@LANGUAGE_OF msiwatch.exe@' WHERE `File` = 'msiwatch.exe'
UPDATE `File` SET `Version` = '@VERSION_OF msiwatch.dll@', `Language` = '@LANGUAGE_OF msiwatch.dll@' WHERE `File` = 'msiwatch.dll'
UPDATE `File` SET `FileName` = 'MSIWAT~2.DLL|msiwatchevents.dll', `Version` = '@VERSION_OF msiwatchevents.dll@', `Language` = '@LANGUAGE_OF msiwatchevents.dll@' WHERE `File` = 'msiwatchevents.dll'
UPDATE `File` SET `FileName` = 'SBOM~1.JSO|sbom.spdx.json' WHERE `File` = 'sbom.spdx.json'
UPDATE `File` SET `FileName` = 'MSIWAT~1.PSD|MsiWatch.psd1' WHERE `FileName` = 'MsiWatch.psd1'
UPDATE `File` SET `FileName` = 'MSIWAT~1.PSM|MsiWatch.psm1' WHERE `FileName` = 'MsiWatch.psm1'
UPDATE `File` SET `FileName` = 'MSIWAT~1.PS1|MsiWatch.Format.ps1xml' WHERE `FileName` = 'MsiWatch.Format.ps1xml'
UPDATE `File` SET `FileName` = 'ABOUT_~1.TXT|about_MsiWatch.help.txt' WHERE `FileName` = 'about_MsiWatch.help.txt'
UPDATE `Directory` SET `DefaultDir` = 'WINDOW~1|WindowsPowerShell' WHERE `DefaultDir` = 'WindowsPowerShell'
# Only files without a version may have a hash.
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatchd.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.dll'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatchevents.dll'

# Settings: Windows Installer does not manage these components after it has written them; see
# msiwatch.wxs.
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'PIPE_SDDL AND NOT Installed' WHERE `Component` = 'SettingPipeSddl'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'RETENTION_DAYS AND NOT Installed' WHERE `Component` = 'SettingRetentionDays'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'METRICS_TEXTFILE AND NOT Installed' WHERE `Component` = 'SettingMetricsTextfile'
# When the service is removed, the settings' key is removed too, no matter who wrote the settings.
INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Component_`) VALUES ('RemoveSettings', 2, 'SOFTWARE\MsiWatch', '-', 'Service')

# Detects Windows 10 and later: on Windows 10 and 11, Windows Installer also reports VersionNT 603 and
# build 9600, but only these systems have this value. 2: HKLM; 18: a raw value (2), from the 64-bit
# view (16).
INSERT INTO `RegLocator` (`Signature_`, `Root`, `Key`, `Name`, `Type`) VALUES ('WindowsMajor', 2, 'SOFTWARE\Microsoft\Windows NT\CurrentVersion', 'CurrentMajorVersionNumber', 18)
INSERT INTO `AppSearch` (`Property`, `Signature_`) VALUES ('WINMAJOR', 'WindowsMajor')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('AppSearch', 50)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('AppSearch', 50)

# Adds the folder at the end of the system's PATH (Environment.idt), and removes it at removal.
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

# Do not use MsiServiceConfig and MsiServiceConfigFailureActions: on real systems they fail with 1939,
# and the installation is rolled back. The action Configure sets both, and the service sets them at each
# start.
UPDATE `InstallExecuteSequence` SET `Condition` = 'VersionNT AND (Installed OR START_SERVICE<>"0")' WHERE `Action` = 'StartServices'

# Newer and older versions of MsiWatch, and other builds of this version, have other product codes. The
# package finds them first, and removes the older version or the other build last, when the new one is
# complete. So everything that both contain is always there. The removal runs before the new version is
# registered, because Wine removes the upgrade code with the old version, even if another product has
# it; on Windows, both orders work.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '0.0.0', '@VERSION@', 257, 'OLDER_VERSION_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', '@VERSION@', 769, 'OTHER_BUILD_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', 2, 'NEWER_VERSION_FOUND')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
# The files of another build have the same versions, so by default they would stay. In this case,
# replace files of equal version (e instead of o).
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('ReplaceEqualFiles', 51, 'REINSTALLMODE', 'emus')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('ReplaceEqualFiles', 'OTHER_BUILD_FOUND AND NOT Installed', 30)
INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('ReplaceEqualFiles', 'OTHER_BUILD_FOUND AND NOT Installed', 30)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('InstallExecute', 5950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveExistingProducts', 5960)

# The custom actions are in the DLL in the table Binary (type 1); see actions/actions.c. A program
# instead of the DLL would show a window, and nobody would read its output. 1024: deferred, 2048: as
# SYSTEM, 64: the installation continues if the action fails, 256: at a rollback. A deferred action gets
# only the property with its own name, which an action of type 51 sets; nobody can set names in mixed
# case from outside. No action runs at a repair, because any user can start one, with any value of the
# properties in SecureCustomProperties. So the conditions on properties that an upgrade sets also have
# NOT Installed.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellConfigure', 51, 'Configure', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellRemoveLogs', 51, 'RemoveLogs', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellRemoveJournal', 51, 'RemoveJournal', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('LookAtService', 65, 'actions', 'LookAtService')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('StartAgain', 3393, 'actions', 'StartAgain')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('WaitForEnd', 3137, 'actions', 'WaitForEnd')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Configure', 3073, 'actions', 'Configure')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('RemoveLogs', 3137, 'actions', 'RemoveLogs')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('RemoveJournal', 3073, 'actions', 'RemoveJournal')

# The order of the actions:
# - LookAtService, an immediate action with the user's own token, sets ServiceProcess if the service is
#   running.
# - StartAgain comes before StopServices, so that a rollback runs it last, when the old files are back.
#   It starts the service if nothing else has started it.
# - StopServices (1900), an action of Windows Installer, stops the service; at an upgrade, the old one.
#   It must do that itself, because its rollback starts only services that it has stopped.
# - WaitForEnd comes after it. The service reports that it has stopped a moment before its process ends,
#   and until then Windows Installer cannot replace its file.
# - The removals come before DeleteServices (2000), and before RemoveRegistryValues (2600), because the
#   registry names the textfile with the metrics, which they also remove.
# - Configure comes before StartServices (5900).
# An upgrade removes the old version after it has installed the new one, whose service is then running.
# So the removals must not run then. Components that both versions contain are not removed ($Service).
# Windows, but not Wine, also sets UPGRADINGPRODUCTCODE for the old version, which finds no other
# versions.
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('LookAtService', '(NOT Installed AND (OLDER_VERSION_FOUND OR OTHER_BUILD_FOUND)) OR ($Service=2 AND NOT UPGRADINGPRODUCTCODE)', 1880)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('StartAgain', 'ServiceProcess', 1890)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('WaitForEnd', 'ServiceProcess', 1910)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellRemoveLogs', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE<>"1"', 1940)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellRemoveJournal', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE="1"', 1941)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('RemoveLogs', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE<>"1"', 1950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('RemoveJournal', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE="1"', 1951)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellConfigure', 'NOT Installed', 5850)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('Configure', 'NOT Installed', 5860)

# The actions' errors. 25000 to 30000 are for packages' own errors. The event log also gets them, with
# 10000 added.
INSERT INTO `Error` (`Error`, `Message`) VALUES (25001, 'The service MsiWatch could not be configured: [2]')
INSERT INTO `Error` (`Error`, `Message`) VALUES (25002, 'The journal of MsiWatch could not be removed: [2]')

# wixl creates these tables empty.
DROP TABLE `CreateFolder`
DROP TABLE `RemoveFile`
DROP TABLE `Shortcut`
