using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>Data sets: kohya's file of them, lists in our own files, and how they inherit.</summary>
public sealed class DatasetConfigTests
{
    private const string Config = """
        [general]
        shuffle_caption = true
        caption_extension = ".txt"
        keep_tokens = 1
        enable_bucket = true

        [[datasets]]
        resolution = 512
        batch_size = 4
        keep_tokens = 2

          [[datasets.subsets]]
          image_dir = "a"
          num_repeats = 10
          class_tokens = "sks cat"

          [[datasets.subsets]]
          image_dir = "b"
          is_reg = true
          keep_tokens = 3
          flip_aug = true

        [[datasets]]
        resolution = [768, 512]
        batch_size = 4

          [[datasets.subsets]]
          image_dir = "c"
        """;

    [Fact]
    public void Subset_GoesBeforeDatasetBeforeGeneral()
    {
        var report = Given.Toml(Config);

        var data = report.Options.Data;
        Assert.Equal(["a", "b", "c"], data.Select(set => set.Folder));
        Assert.Equal([2, 3, 1], data.Select(set => set.Captions!.KeepTokens));
        Assert.All(data, set => Assert.True(set.Captions!.Shuffle));
        Assert.All(data, set => Assert.Equal(".txt", set.CaptionExtension));
        Assert.Equal([(512, 512), (512, 512), (768, 512)], data.Select(set => (set.Width!.Value, set.Height!.Value)));
        Assert.Equal((10, "sks cat", true), (data[0].Repeats, data[0].ClassTokens, data[1].IsRegularisation));
        Assert.Equal([null, true, null], data.Select(set => set.Augmentation?.Flip));
        Assert.Equal((4, true), (report.Options.Loop.BatchSize, report.Options.Buckets.Enabled));
        Assert.Equal("run.toml:14 (num_repeats)", report.OriginOf("data[0].repeats").ToString());
        Assert.Equal("run.toml:20 (keep_tokens)", report.OriginOf("data[1].captions.keepTokens").ToString());
    }

    [Fact]
    public void BatchSizes_ThatDiffer_AreAnError() =>
        Assert.Contains("loop.batchSize counts for the whole run, and data sets differ: 1 at run.toml:2", Given.Error(Given.Toml("[[datasets]]\nbatch_size = 1\n[[datasets.subsets]]\nimage_dir = \"a\"\n[[datasets]]\nbatch_size = 2\n[[datasets.subsets]]\nimage_dir = \"b\"")));

    [Fact]
    public void Subset_WithoutAFolder_IsAnError() =>
        Assert.Contains("run.toml:2: error: A data set has no folder", Given.Error(Given.Toml("[[datasets]]\n[[datasets.subsets]]\nnum_repeats = 2")));

    [Fact]
    public void Subset_WithAnUnknownKey_NamesTheNearest() =>
        Assert.Contains("run.toml:4: error: 'num_repeat' is no setting; did you mean num_repeats?", Given.Error(Given.Toml("[[datasets]]\n[[datasets.subsets]]\nimage_dir = \"a\"\nnum_repeat = 2")));

    [Fact]
    public void List_InOurOwnFile_IsRead()
    {
        var o = Given.Yaml("""
            repeats: 3
            captions: {shuffle: true}
            data:
              - folder: a
                captions: {keepTokens: 1}
              - {folder: b, repeats: 5, resolution: 768}
            """).Options;

        Assert.Equal([("a", 3), ("b", 5)], o.Data.Select(set => (set.Folder, set.Repeats!.Value)));
        Assert.Equal((true, 1), (o.Data[0].Captions!.Shuffle, o.Data[0].Captions!.KeepTokens));
        Assert.Null(o.Data[1].Captions);
        Assert.Equal((768, null), (o.Data[1].Width, o.Data[0].Width));
        Assert.Equal((o.Data, o.Captions, o.Buckets, o.Augmentation), o.ToDataOptions() is var data ? (data.Datasets, data.Captions, data.Buckets, data.Augmentation) : default);
    }

    [Fact]
    public void DatasetConfig_IsReadFromBesideTheFileThatNamesIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("data set.toml"), Config);
        File.WriteAllText(folder.Of("run.yaml"), "dataset_config: data set.toml\nlora_rank: 4\nlora_alpha: 4\nbatch_size: 1");

        var report = TrainingSettings.Read(SettingsSource.File(folder.Of("run.yaml")), SettingsSource.Arguments(["network.rank=6"]));

        Assert.Equal((3, 4, 6), (report.Options.Data.Count, report.Options.Loop.BatchSize, report.Options.Network.Rank));
    }

    [Fact]
    public void ConfigFile_OnTheCommandLine_StandsBelowIt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("run.toml"), "network_dim = 8\nseed = 3");

        var report = Given.Arguments("--config_file", folder.Of("run.toml"), "--network_dim", "16");

        Assert.Equal((16, 3), (report.Options.Network.Rank, report.Options.Loop.Seed));
        Assert.Equal("run.toml:2 (seed)", report.OriginOf("loop.seed").ToString());
    }

    [Fact]
    public void ConfigFile_ThatIsMissing_IsAnError() =>
        Assert.Contains("cannot be read", Given.Error(Given.Arguments("--config", "nowhere.yaml")));

    [Fact]
    public void Files_ThatNameEachOther_End()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("a.yaml"), "config: a.yaml");

        Assert.Contains("never end", Given.Error(TrainingSettings.Read(SettingsSource.File(folder.Of("a.yaml")))));
    }

    [Theory]
    [InlineData("run.txt", "lora_rank: 4", ".yaml, .yml, .toml and .json")]
    [InlineData("run.yaml", null, "UTF-8")]
    public void File_ThatCannotBeUnderstood_IsAnError(string name, string? text, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Of(name), text is null ? [0x61, 0x3A, 0x20, 0xD6, 0xE4] : System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Contains(message, Given.Error(TrainingSettings.Read(SettingsSource.File(folder.Of(name)))));
    }

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("settings ä ").FullName;

        public string Of(string name) => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
