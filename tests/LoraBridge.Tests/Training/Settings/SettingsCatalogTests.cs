using LoraBridge.Training.Settings;
using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>What holds for every setting, every key and every preset.</summary>
public sealed class SettingsCatalogTests
{
    [Fact]
    public void Setting_HasAMeaningOfOneSentence() =>
        Assert.Empty(SettingsCatalog.All.Where(setting => setting.Meaning.Length < 8 || !setting.Meaning.EndsWith('.')).Select(setting => setting.Path));

    [Fact]
    public void Setting_HasADefaultThatIsAllowed() =>
        Assert.Empty(SettingsCatalog.All.Where(setting => setting.Path != "data.folder" && setting.Check(setting.Default).Length > 0).Select(setting => setting.Path));

    [Fact]
    public void Meaning_NamesReferencesAsTheyAreWritten() =>
        Assert.Contains("null counts keepTokens.", SettingsCatalog.Get("captions.keepTokensSeparator").Meaning);

    [Fact]
    public void Number_HasARange() =>
        Assert.Empty(SettingsCatalog.All.Where(setting => (setting.Type == typeof(int) || setting.Type == typeof(double) || setting.Type == typeof(long)) && setting.Range.Length == 0).Select(setting => setting.Path));

    [Fact]
    public void Setting_IsFoundByItsFullName() =>
        Assert.Empty(SettingsCatalog.All.Where(setting => KeyTable.FindDotted(setting.Path) is null).Select(setting => setting.Path));

    [Fact]
    public void Key_StandsForASetting() =>
        Assert.All(AliasKeys.All, rule => Assert.NotNull(SettingsCatalog.Get(rule.Target)));

    [Theory]
    [InlineData("network.rank", "rank", "network_dim", "lora_rank", "linear")]
    [InlineData("network.alpha", "alpha", "network_alpha", "lora_alpha", "linear_alpha")]
    [InlineData("loop.batchSize", "train_batch_size", "batch_size", "batchSize", "Batch-Size")]
    [InlineData("loop.steps", "max_train_steps", "steps")]
    [InlineData("loop.epochs", "max_train_epochs", "num_train_epochs", "epochs")]
    [InlineData("optimizer.learningRate", "lr", "learning_rate")]
    [InlineData("optimizer.kind", "optimizer", "optimizer_type")]
    [InlineData("schedule.warmup", "lr_warmup_steps", "warmup_steps")]
    [InlineData("saving.everySteps", "checkpointing_steps", "save_every", "save_steps", "save_every_n_steps")]
    [InlineData("model.path", "pretrained_model_name_or_path", "base_model", "name_or_path")]
    [InlineData("loss.minSnrGamma", "min_snr_gamma", "snr_gamma", "minSnrGamma")]
    public void Setting_HasItsPeersNames(string path, params string[] names) =>
        Assert.All(names, name => Assert.Equal(path, KeyTable.FindDotted(name)?.Target));

    [Fact]
    public void Key_InAGroupOfAnother_IsNone()
    {
        Assert.Null(KeyTable.FindDotted("network.batch_size"));
        Assert.Equal("network.rank", KeyTable.FindDotted("network.linear")?.Target);
        Assert.Equal("loop.batchSize", KeyTable.FindDotted("train_config.batch_size")?.Target);
    }

    [Fact]
    public void Choice_IsReadByEveryNameOfItsOwn()
    {
        foreach (var type in SettingsCatalog.All.Select(setting => setting.ChoiceType).OfType<Type>().Distinct())
        {
            Assert.All(Enum.GetValues(type).Cast<object>(), value => Assert.True(ChoiceNames.TryFind(type, ChoiceNames.Of(value), out var found) && found!.Equals(value)));
            var spellings = ChoiceNames.Spellings(type).Select(NearestName.Normalize).ToArray();
            Assert.True(spellings.Distinct().Count() > 1, type.Name);
        }
    }

    [Fact]
    public void Preset_IsFineAlone()
    {
        foreach (var name in SettingsPresets.All.Keys)
        {
            var report = TrainingSettings.Read(SettingsSource.Preset(name));
            Assert.True(report.Problems.Count == 0, $"{name}: {string.Join("; ", report.Problems)}");
        }
    }

    [Fact]
    public void Preset_GivesWayToTheFile()
    {
        var report = TrainingSettings.Read(SettingsSource.Preset("character"), SettingsSource.Text("lora_rank: 4\nlora_alpha: 4", "lora.yaml", SettingsFormat.Yaml));

        Assert.Equal((4, 15), (report.Options.Network.Rank, report.Options.Loop.Epochs));
        Assert.Equal("preset character (loop.epochs)", report.OriginOf("loop.epochs").ToString());
    }

    [Fact]
    public void Preset_Unknown_NamesTheNearest() => Assert.Contains("did you mean style?", Given.Error(TrainingSettings.Read(SettingsSource.Preset("stile"))));

    [Theory]
    [InlineData("netwrok", "network", 1)]
    [InlineData("abc", "abc", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_CountsLettersAndSwaps(string a, string b, int expected) => Assert.Equal(expected, NearestName.Distance(a, b));
}
