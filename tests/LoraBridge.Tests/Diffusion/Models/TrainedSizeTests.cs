using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class TrainedSizeTests
{
    [Theory]
    [InlineData("128x128", 128, 128)]
    [InlineData("768x1152", 768, 1152)]
    public void FromMetadata_AResolution_IsWidthAndHeight(string text, int width, int height) => Assert.Equal(new TrainedSize(width, height), Of(text));

    [Theory]
    [InlineData("")]
    [InlineData("128")]
    [InlineData("128x")]
    [InlineData("128x128x3")]
    [InlineData("-128x128")]
    [InlineData("100x100")]
    [InlineData("32x32")]
    [InlineData("99999999999x8")]
    public void FromMetadata_WhatCannotBeMeant_IsNothing(string text) => Assert.Null(Of(text));

    [Fact]
    public void OfFile_ReadsTheHeader_AndKeepsSilentOverOtherFiles()
    {
        using var folder = new TemporaryFolder();
        using var value = zeros(2);
        SafetensorsWriter.Write(folder.File("small.safetensors"), new Dictionary<string, Tensor> { ["a"] = value }, new Dictionary<string, string> { ["modelspec.resolution"] = "192x128" });
        SafetensorsWriter.Write(folder.File("silent.safetensors"), new Dictionary<string, Tensor> { ["a"] = value });
        File.WriteAllText(folder.File("broken.safetensors"), "no checkpoint");

        Assert.Equal(new TrainedSize(192, 128), TrainedSize.OfFile(folder.File("small.safetensors")));
        Assert.All(["silent.safetensors", "broken.safetensors", "gone.safetensors", "old.ckpt"], name => Assert.Null(TrainedSize.OfFile(folder.File(name))));
    }

    private static TrainedSize? Of(string text) => TrainedSize.FromMetadata(new Dictionary<string, string> { ["modelspec.resolution"] = text });
}
