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
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'PIPE_SDDL' WHERE `Component` = 'SettingPipeSddl'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'RETENTION_DAYS' WHERE `Component` = 'SettingRetentionDays'
UPDATE `Component` SET `ComponentId` = '', `Condition` = 'METRICS_TEXTFILE' WHERE `Component` = 'SettingMetricsTextfile'
# With the service goes the key of the settings, whoever wrote them.
INSERT INTO `Registry` (`Registry`, `Root`, `Key`, `Name`, `Component_`) VALUES ('RemoveSettings', 2, 'SOFTWARE\MsiWatch', '-', 'Service')

# The folder at the end of the system's PATH; taken out again at removal.
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('Path', '=-*PATH', '[~];[InstallFolder]', 'CommandLine')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

# Restart after 1 s, 5 s and 60 s, after a stop with an error too. From the next start of Windows;
# until then what 'msiwatchd install --configure' has set, which is the same.
CREATE TABLE `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Event` INT NOT NULL, `ResetPeriod` LONG, `RebootMessage` CHAR(255) LOCALIZABLE, `Command` CHAR(255) LOCALIZABLE, `Actions` CHAR(255), `DelayActions` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfigFailureActions`)
INSERT INTO `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions`, `Name`, `Event`, `ResetPeriod`, `Actions`, `DelayActions`, `Component_`) VALUES ('Restart', 'MsiWatch', 5, 86400, '1[~]1[~]1', '1000[~]5000[~]60000', 'Service')
CREATE TABLE `MsiServiceConfig` (`MsiServiceConfig` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Event` INT NOT NULL, `ConfigType` LONG NOT NULL, `Argument` CHAR(255), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfig`)
INSERT INTO `MsiServiceConfig` (`MsiServiceConfig`, `Name`, `Event`, `ConfigType`, `Argument`, `Component_`) VALUES ('RestartAfterErrors', 'MsiWatch', 5, 4, '1', 'Service')
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('MsiConfigureServices', 'VersionNT>=600', 5850)
UPDATE `InstallExecuteSequence` SET `Condition` = 'VersionNT AND START_SERVICE<>"0"' WHERE `Action` = 'StartServices'

# Newer and older versions of ours: found first; the older is removed last, when the new one is
# complete, so that what both hold is never away. Before the new one is registered, because Wine
# takes the upgrade code away with the old one, whoever else has it; Windows does not mind.
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '0.0.0', '@VERSION@', 257, 'OLDER_VERSION_FOUND')
INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMin`, `Attributes`, `ActionProperty`) VALUES ('{6B0F8C52-3D7E-4A9B-8E41-52C0D9A7F310}', '@VERSION@', 2, 'NEWER_VERSION_FOUND')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallUISequence` (`Action`, `Sequence`) VALUES ('FindRelatedProducts', 25)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('InstallExecute', 5950)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveExistingProducts', 5960)
