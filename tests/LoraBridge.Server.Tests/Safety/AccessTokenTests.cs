using System.Runtime.Versioning;
using LoraBridge.Server.Safety;

namespace LoraBridge.Server.Tests.Safety;

[UnsupportedOSPlatform("windows")]
public sealed class AccessTokenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("token-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Create_MakesATokenThatOnlyItsOwnerMayRead()
    {
        var path = Path.Combine(_folder, "data", "token");

        var text = AccessToken.Create(path);

        Assert.Equal(64, text.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.True(AccessToken.Read(path).Is(text));
        Assert.False(AccessToken.Read(path).Is(text[1..]));
        Assert.Throws<IOException>(() => AccessToken.Create(path));                // one that is there is never written over
    }

    [Fact]
    public void Read_AFileThatOthersMayRead_IsRefusedWithTheCure()
    {
        var path = Path.Combine(_folder, "token");
        File.WriteAllText(path, "0123456789abcdef\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Contains("chmod 600", Assert.Throws<FormatException>(() => AccessToken.Read(path)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.True(AccessToken.Read(path).Is("0123456789abcdef"));
        Assert.Contains("there is no file", Assert.Throws<FormatException>(() => AccessToken.Read(path + "x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fifteen letters")]
    [InlineData("with spaces in between")]
    [InlineData("with\u00e4umlaut-and-length")]
    public void Parse_WhatNoHeaderCarries_IsRefused(string text) => Assert.Contains("16 to 1024", Assert.Throws<FormatException>(() => AccessToken.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ToString_TellsNothing() => Assert.DoesNotContain("0123456789", new SafetySettings { Token = AccessToken.Parse("0123456789abcdef") }.ToString(), StringComparison.Ordinal);
}
