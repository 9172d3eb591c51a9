# msiwatch.sql: what the package needs and wixl cannot write; make_msi.sh has msibuild run it, a
# statement a line. @VERSION_OF name@ and @LANGUAGE_OF name@ are the file's own, by its resources.

# Without a version in the table, an older file that has one would stay.
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
# Hashes are for files without a version.
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatchd.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.dll'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatchevents.dll'

# Settings: components that nobody manages once they are written; see msiwatch.wxs.
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'PIPE_SDDL AND NOT Installed' WHERE `Component` = 'SettingPipeSddl'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'RETENTION_DAYS AND NOT Installed' WHERE `Component` = 'SettingRetentionDays'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'METRICS_TEXTFILE AND NOT Installed' WHERE `Component` = 'SettingMetricsTextfile'
# With the service goes the key of the settings, whoever wrote them.
INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Component_`) VALUES ('RemoveSettings', 2, 'SOFTWARE\MsiWatch', '-', 'Service')

# Which Windows: MSI reports VersionNT 603 and build 9600 on Windows 10 and 11 too, but only those
# have this value. 2: HKLM; 18: a raw value (2), from the 64-bit view (16).
INSERT INTO `RegLocator` (`Signature_`, `Root`, `Key`, `Name`, `Type`) VALUES ('WindowsMajor', 2, 'SOFTWARE\Microsoft\Windows NT\CurrentVersion', 'CurrentMajorVersionNumber', 18)
INSERT INTO `AppSearch` (`Property`, `Signature_`) VALUES ('WINMAJOR', 'WindowsMajor')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('AppSearch', 50)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('AppSearch', 50)

# The folder at the end of the system's PATH (Environment.idt); taken out again at removal.
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

# No MsiServiceConfig and no MsiServiceConfigFailureActions: on real systems they fail with 1939 and
# roll the installation back. The action Configure sets both, and the service at each start.
UPDATE `InstallExecuteSequence` SET `Condition` = 'VersionNT AND (Installed OR START_SERVICE<>"0")' WHERE `Action` = 'StartServices'

# Newer and older versions of ours, and other builds of this one, which have other product codes:
# found first; the older or other is removed last, when the new one is
# complete, so that what both hold is never away. Before the new one is registered, because Wine
# takes the upgrade code away with the old one, whoever else has it; Windows does not mind.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '0.0.0', '@VERSION@', 257, 'OLDER_VERSION_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', '@VERSION@', 769, 'OTHER_BUILD_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', 2, 'NEWER_VERSION_FOUND')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
# Files of another build have the same versions, and would stay: so equal ones (e instead of o) are
# replaced then.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('ReplaceEqualFiles', 51, 'REINSTALLMODE', 'emus')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('ReplaceEqualFiles', 'OTHER_BUILD_FOUND AND NOT Installed', 30)
INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('ReplaceEqualFiles', 'OTHER_BUILD_FOUND AND NOT Installed', 30)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('InstallExecute', 5950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveExistingProducts', 5960)

# Custom actions, of the DLL in the table Binary (type 1); actions/actions.c has them. A program in
# their place would show a window, and nobody would read what it says. 1024: deferred, 2048: as
# SYSTEM, 64: its failure is no failure of the installation. A deferred action gets only the
# property of its own name, which one of type 51 sets; names in mixed case cannot be set from
# outside. None runs at a repair, which any user can start with any value of the properties in
# SecureCustomProperties: so NOT Installed stands beside those that an upgrade sets. 256: at a rollback.
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellConfigure', 51, 'Configure', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellRemoveLogs', 51, 'RemoveLogs', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('TellRemoveJournal', 51, 'RemoveJournal', '[InstallFolder]')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('LookAtService', 65, 'actions', 'LookAtService')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('StartAgain', 3393, 'actions', 'StartAgain')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('WaitForEnd', 3137, 'actions', 'WaitForEnd')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Configure', 3073, 'actions', 'Configure')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('RemoveLogs', 3137, 'actions', 'RemoveLogs')
INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('RemoveJournal', 3073, 'actions', 'RemoveJournal')

# When. LookAtService, an immediate action with the user's own token, sets ServiceProcess if the
# service runs. Windows Installer's StopServices (1900) ends it, at an upgrade the old one; it must
# do so itself, because its own rollback starts again only what it has stopped. StartAgain, before
# it, so that a rollback comes to it last, when the old files are back, starts the service if
# nothing else has. WaitForEnd, behind it: the service reports its end a moment before its process
# ends, and until then its file cannot be replaced.
# The removals before DeleteServices (2000), and before RemoveRegistryValues (2600), because the
# registry names the file with the metrics that they take along; Configure before StartServices
# (5900). The old version of an upgrade is removed behind the new one, whose service runs by then:
# so no removals then. What both hold is not removed ($Service), and Windows, though not Wine, tells
# the old one (UPGRADINGPRODUCTCODE), which finds no other versions.
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('LookAtService', '(NOT Installed AND (OLDER_VERSION_FOUND OR OTHER_BUILD_FOUND)) OR ($Service=2 AND NOT UPGRADINGPRODUCTCODE)', 1880)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('StartAgain', 'ServiceProcess', 1890)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('WaitForEnd', 'ServiceProcess', 1910)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellRemoveLogs', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE<>"1"', 1940)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellRemoveJournal', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE="1"', 1941)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('RemoveLogs', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE<>"1"', 1950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('RemoveJournal', '$Service=2 AND NOT UPGRADINGPRODUCTCODE AND PURGE="1"', 1951)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellConfigure', 'NOT Installed', 5850)
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('Configure', 'NOT Installed', 5860)

# What they say when they fail. 25000 to 30000 are a package's own; the event log gets them too,
# with 10000 added.
INSERT INTO `Error` (`Error`, `Message`) VALUES (25001, 'The service MsiWatch could not be configured: [2]')
INSERT INTO `Error` (`Error`, `Message`) VALUES (25002, 'The journal of MsiWatch could not be removed: [2]')

# Tables of wixl's that are empty.
DROP TABLE `CreateFolder`
DROP TABLE `RemoveFile`
DROP TABLE `Shortcut`
