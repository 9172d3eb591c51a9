# msiwatch.sql: what the package needs and wixl cannot write; make_msi.sh has msibuild run it, a
# statement a line. @VERSION_OF name@ and @LANGUAGE_OF name@ are the file's own, by its resources.

# Without a version in the table, an older file that has one would stay.
UPDATE `File` SET `FileName` = 'MSIWAT~1.EXE|msiwatchd.exe', `Version` = '@VERSION_OF msiwatchd.exe@', `Language` = '@LANGUAGE_OF msiwatchd.exe@' WHERE `File` = 'msiwatchd.exe'
UPDATE `File` SET `Version` = '@VERSION_OF msiwatch.exe@', `Language` = '@LANGUAGE_OF msiwatch.exe@' WHERE `File` = 'msiwatch.exe'
UPDATE `File` SET `Version` = '@VERSION_OF msiwatch.dll@', `Language` = '@LANGUAGE_OF msiwatch.dll@' WHERE `File` = 'msiwatch.dll'
UPDATE `File` SET `FileName` = 'SBOM~1.JSO|sbom.spdx.json' WHERE `File` = 'sbom.spdx.json'
# Hashes are for files without a version.
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatchd.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'msiwatch.dll'

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

# The folder at the end of the system's PATH; taken out again at removal.
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('Path', '=-*PATH', '[~];[InstallFolder]', 'CommandLine')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

# No MsiServiceConfig and no MsiServiceConfigFailureActions: on real systems they fail with 1939 and
# roll the installation back. The action Configure sets both, and the service at each start.
UPDATE `InstallExecuteSequence` SET `Condition` = 'VersionNT AND (Installed OR START_SERVICE<>"0")' WHERE `Action` = 'StartServices'

# Newer and older versions of ours: found first; the older is removed last, when the new one is
# complete, so that what both hold is never away. Before the new one is registered, because Wine
# takes the upgrade code away with the old one, whoever else has it; Windows does not mind.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '0.0.0', '@VERSION@', 257, 'OLDER_VERSION_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', 2, 'NEWER_VERSION_FOUND')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('InstallExecute', 5950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveExistingProducts', 5960)
