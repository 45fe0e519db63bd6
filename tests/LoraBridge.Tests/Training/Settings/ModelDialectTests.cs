using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>Sizes that follow from the base model.</summary>
public sealed class ModelDialectTests
{
    [Fact]
    public void Read_ModelForSmallPictures_TrainsWithSmallOnes()
    {
        var report = Read(new(128, 128));

        var (buckets, samples) = (report.Options.Buckets, report.Options.Samples);
        Assert.Equal((128, 128, 64, 256), (buckets.Width, buckets.Height, buckets.MinimumSide, buckets.MaximumSide));
        Assert.Equal((128, 128), (samples.Width, samples.Height));
        Assert.Equal(OriginKind.Derived, report.OriginOf("buckets.width").Kind);
        Assert.Contains("the model was made for", report.OriginOf("buckets.width").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AGivenSize_StaysWithAllThatHangsOnIt()
    {
        var report = Read(new(128, 128), "resolution=256", "model.path=emoji");

        Assert.Equal((256, 256, 256, 1024), (report.Options.Buckets.Width, report.Options.Buckets.Height, report.Options.Buckets.MinimumSide, report.Options.Buckets.MaximumSide));
    }

    [Theory]
    [InlineData("cpu", 128, 128)]                       // the preset has 256
    [InlineData("fast-test", 128, 128)]
    public void Read_Presets_AreMadeSmaller(string preset, int width, int height)
    {
        var report = TrainingSettings.Read([SettingsSource.Preset(preset), SettingsSource.Arguments(["model.path=emoji"])], _ => new TrainedSize(128, 128));

        Assert.Equal((width, height), (report.Options.Buckets.Width, report.Options.Buckets.Height));
    }

    [Fact]
    public void Read_ModelForLargePictures_ChangesNothing()
    {
        Assert.Equal(512, Read(new(1024, 1024)).Options.Buckets.Width);
        Assert.Equal(256, TrainingSettings.Read([SettingsSource.Preset("cpu"), SettingsSource.Arguments(["model.path=emoji"])], _ => new TrainedSize(512, 512)).Options.Buckets.Width);
        Assert.Equal(512, TrainingSettings.Read([SettingsSource.Arguments(["model.path=emoji"])], _ => null).Options.Buckets.Width);
    }

    [Fact]
    public void Read_AFallback_IsTakenWhereNobodyGivesAValue()
    {
        var fallback = SettingsSource.Fallback("the program's own", new Dictionary<string, string> { ["model.path"] = "own.safetensors", ["network.rank"] = "6" });

        var report = TrainingSettings.Read(fallback, SettingsSource.Arguments(["network.rank=9"]));

        Assert.Equal(("own.safetensors", 9), (report.Options.Model.Path, report.Options.Network.Rank));
        Assert.Equal((OriginKind.Dialect, OriginKind.CommandLine), (report.OriginOf("model.path").Kind, report.OriginOf("network.rank").Kind));
    }

    private static SettingsReport Read(TrainedSize size, params string[] arguments) =>
        TrainingSettings.Read([SettingsSource.Arguments(arguments.Length > 0 ? arguments : ["model.path=emoji"])], model => model == "emoji" ? size : null);
}
