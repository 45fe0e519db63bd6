using LoraBridge.Training.Preflight;

namespace LoraBridge.Tests.Training.Preflight;

/// <summary>The report as people read it.</summary>
public sealed class PreflightTextTests
{
    private const long Megabyte = 1 << 20;

    private static readonly PreflightReport s_report = new()
    {
        Plan = new(10, 5, 4, 20, 0, 0, 8, []),
        Pictures = 38,
        Memory = new([
            new(MemoryPhase.Encoding, [new("UNet", 3279 * Megabyte), new("autoencoder", 319 * Megabyte), new("activations", 640 * Megabyte)]),
            new(MemoryPhase.Steps, [new("UNet", 3279 * Megabyte), new("gradients", 12 * Megabyte), new("activations", 2048 * Megabyte)]),
        ]),
        Machine = new("cpu", 4096 * Megabyte, "MemAvailable of the machine"),
        Fitted = new(),
        FitsWithChanges = true,
        Changes =
        [
            new([new("precision.gradientCheckpointing", "false", "true")], 1200 * Megabyte, "Steps take about a third longer; the result stays the same."),
            new([new("loop.batchSize", "4", "2"), new("loop.gradientAccumulation", "2", "4")], 300 * Megabyte, "Slower on a GPU."),
        ],
    };

    [Fact]
    public void ToText_ARunThatDoesNotFit_SaysWhereMemoryGoesAndWhatWouldHelp() => Assert.Equal(
        """
        38 pictures, 10 batches an epoch, 4 epochs: 20 steps of 8 pictures.

        Memory         encoding     steps
        UNet             3.2 GB    3.2 GB
        autoencoder      319 MB         -
        activations      640 MB    2.0 GB
        gradients             -     12 MB
        together         4.1 GB    5.2 GB

        The run needs about 5.2 GB, but only 4.0 GB can be had (MemAvailable of the machine). It would fit with precision.gradientCheckpointing false -> true, loop.batchSize 4 -> 2, loop.gradientAccumulation 2 -> 4.

        What would be changed (precision.autoFit does it):
          1. precision.gradientCheckpointing false -> true: 1.2 GB less. Steps take about a third longer; the result stays the same.
          2. loop.batchSize 4 -> 2, loop.gradientAccumulation 2 -> 4: 300 MB less. Slower on a GPU.

        """, s_report.ToText());

    [Fact]
    public void ToText_AMeasuredRunThatFits_SaysWhatTwoStepsShowedAndTheTime() => Assert.Equal(
        """
        38 pictures, 10 batches an epoch, 4 epochs: 20 steps of 8 pictures.

        Memory         encoding     steps
        UNet             3.2 GB    3.2 GB
        autoencoder      319 MB         -
        activations      640 MB    2.0 GB
        gradients             -     12 MB
        together         4.1 GB    5.2 GB

        Measured: two steps of 4 pictures of 512x768, 9.25 s and 8.50 s; 5.4 GB taken, 5.2 GB forecast.

        The run needs about 5.2 GB, and 8.0 GB can be had (MemAvailable of the machine): it fits.

        Time: 1:00:00 (steps 50:00, encoding 2:00, samples 8:00); loading the model comes before.

        """, (s_report with
        {
            Changes = [],
            Machine = s_report.Machine with { Available = 8192 * Megabyte },
            Measured = new(512, 768, 4, 9.25, 8.5, 200 * Megabyte, 5700 * Megabyte),
            Time = new(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(8), TimeSpan.Zero),
        }).ToText());

    [Fact]
    public void Sentence_NothingSuffices_NamesWhatElseCanBeDone()
    {
        Assert.Equal("The run needs about 5.2 GB, but only 4.0 GB can be had (MemAvailable of the machine). Even precision.gradientCheckpointing false -> true, loop.batchSize 4 -> 2, loop.gradientAccumulation 2 -> 4 would not suffice: train at a smaller size (buckets.width, buckets.height) or on a machine with more memory.",
            (s_report with { FitsWithChanges = false }).Sentence);
        Assert.Contains("no setting would change that", (s_report with { FitsWithChanges = false, Changes = [] }).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Sentence_AGpuThatSaysNothing_SaysSo()
    {
        var report = s_report with { Machine = new("cuda", null, "this torch cannot tell how much is free on the GPU") };
        Assert.True(report.Fits);
        Assert.Equal("The run needs about 5.2 GB; this torch cannot tell how much is free on the GPU.", report.Sentence);
    }
}
