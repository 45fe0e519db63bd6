using System.Text;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class CaptionEncodingTests
{
    [Theory]
    [InlineData("a cat", false)]
    [InlineData("a cat", true)]
    [InlineData("café, 猫", false)]
    [InlineData("café, 猫", true)]
    [InlineData("", false)]
    public void Decode_Utf8_IsRead(string text, bool mark) =>
        Assert.Equal(new CaptionText(text, "UTF-8"), CaptionEncoding.Decode([.. mark ? Encoding.UTF8.GetPreamble() : [], .. Encoding.UTF8.GetBytes(text)]));

    [Fact]
    public void Decode_Utf16_IsRead()
    {
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
            Assert.Equal(new CaptionText("猫 café", "UTF-16"), CaptionEncoding.Decode([.. encoding.GetPreamble(), .. encoding.GetBytes("猫 café")]));
        Assert.Equal(new CaptionText("a cat", "UTF-16"), CaptionEncoding.Decode(Encoding.Unicode.GetBytes("a cat")));
    }

    [Fact]
    public void Decode_ChineseWindows_IsRead()
    {
        var chinese = CodePagesEncodingProvider.Instance.GetEncoding(936)!;
        Assert.Equal(new CaptionText("夜市, 纸灯笼, rain", "GB 18030"), CaptionEncoding.Decode(chinese.GetBytes("夜市, 纸灯笼, rain")));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'c', (byte)'a', (byte)'f', 0xe9 }, "café")]
    [InlineData(new byte[] { 0xe9, (byte)'t', 0xe9, (byte)',', 0x93, (byte)'x', 0x94 }, "été,“x”")]
    public void Decode_AnythingElse_IsWindows1252(byte[] bytes, string text) =>
        Assert.Equal(new CaptionText(text, "Windows-1252"), CaptionEncoding.Decode(bytes));
}
