using System.Text;
using LoraBridge.Checkpoints;

namespace LoraBridge.Tests.Checkpoints;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "empty")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("\n  <html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4265146304\n", "Git LFS pointer")]
    [InlineData("Entry not found", "not a safetensors file")]
    public void Open_WhatAFailedDownloadLeaves_IsCalledByItsName(string content, string reason)
    {
        var path = _folder.Write("model.safetensors", Encoding.UTF8.GetBytes(content));
        Assert.Contains(reason, Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path)).Reason);
    }

    [Fact]
    public void Open_SafetensorsUnderAPicklesName_IsToldByItsContent()
    {
        using var file = CheckpointFile.Open(_folder.Write("model.ckpt", SafetensorsBytes.File("{}", 0)));
        Assert.IsType<SafetensorsFile>(file);
    }
}
