using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class SettingTests
{
    [Theory]
    [InlineData("network.rank", SettingKind.WholeNumber, null)]
    [InlineData("network.alpha", SettingKind.Number, null)]
    [InlineData("network.trainTextEncoder", SettingKind.Boolean, null)]
    [InlineData("network.algorithm", SettingKind.Choice, null)]
    [InlineData("model.path", SettingKind.Text, null)]
    [InlineData("schedule.warmup", SettingKind.Steps, null)]
    [InlineData("network.blockRanks", SettingKind.List, SettingKind.WholeNumber)]
    [InlineData("saving.layouts", SettingKind.List, SettingKind.Choice)]
    [InlineData("optimizer.ratePatterns", SettingKind.Table, SettingKind.Number)]
    public void Kind_OfAProperty_IsThatOfItsType(string path, SettingKind kind, SettingKind? element)
    {
        var setting = SettingsCatalog.Get(path);

        Assert.Equal((kind, element), (setting.Kind, setting.ElementKind));
    }

    [Fact]
    public void BoundsAndAllowedValues_AreThoseOfTheAttributes()
    {
        Assert.Equal(new SettingBounds(1, 4096, false, false), SettingsCatalog.Get("network.rank").Bounds);
        Assert.Equal(new SettingBounds(0, 1, false, true), SettingsCatalog.Get("network.dropout").Bounds);
        Assert.Null(SettingsCatalog.Get("model.path").Bounds);
        Assert.Equal([75, 150, 225], SettingsCatalog.Get("captions.tokenLength").AllowedValues);
    }

    [Fact]
    public void ChoicesWordsAndGroups_AreExplained()
    {
        var l1 = SettingsCatalog.Get("loss.kind").ChoicesExplained.Single(choice => choice.Name == "l1");
        Assert.Equal("Its size.", l1.Meaning);
        Assert.Contains("network_dim", SettingsCatalog.Get("network.rank").Words);
        Assert.DoesNotContain("rank", SettingsCatalog.Get("network.rank").Words);
        Assert.Equal("How long is trained, in what portions, and from where.", SettingsCatalog.MeaningOf("loop"));
        Assert.Throws<KeyNotFoundException>(() => SettingsCatalog.MeaningOf("loops"));
    }

    [Fact]
    public void FilesThatATextNames_AreReadOnlyWhereTheyMayBe()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".toml");
        File.WriteAllText(file, "network_dim = 77\n");
        var text = $"config_file = \"{file}\"\n";

        var followed = TrainingSettings.Read(SettingsSource.Text(text, "a.toml", SettingsFormat.Toml));
        var left = TrainingSettings.Read(SettingsSource.Text(text, "a.toml", SettingsFormat.Toml, followsFiles: false));
        var arguments = TrainingSettings.Read(SettingsSource.Arguments([$"--config_file={file}"], followsFiles: false));

        Assert.Equal((77, 8, 8), (followed.Draft.Network.Rank, left.Draft.Network.Rank, arguments.Draft.Network.Rank));
        Assert.Equal(Severity.Warning, Assert.Single(left.Problems).Severity);
        Assert.Equal("a.toml:1", left.Problems[0].Place);
        File.Delete(file);
    }
}
