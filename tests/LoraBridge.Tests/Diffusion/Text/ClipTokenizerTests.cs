using System.Diagnostics;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class ClipTokenizerTests
{
    [Theory]
    [InlineData("", new int[0])]
    [InlineData(" \t\n", new int[0])]
    [InlineData("a", new[] { 320 })]
    [InlineData("A,B", new[] { 320, 267, 321 })]
    [InlineData("DON'T", new[] { 847, 713 })]
    [InlineData("1girl", new[] { 272, 1611 })]
    [InlineData("<|endoftext|>cat", new[] { 49407, 2368 })]
    [InlineData("cat <|startoftext|>", new[] { 2368, 49406 })]
    public void Encode_Text_GivesClipsTokens(string text, int[] expected) => Assert.Equal(expected, Clip.Tokenizer.Encode(text));

    [Fact]
    public void Encode_SpecialInsideARunOfSigns_IsText() => Assert.DoesNotContain(ClipVocabulary.EndToken, Clip.Tokenizer.Encode("!<|endoftext|>"));

    [Fact]
    public void Encode_LoneSurrogate_IsTheReplacementCharacter() => Assert.Equal(Clip.Tokenizer.Encode("x\uFFFDy"), Clip.Tokenizer.Encode("x\ud800y"));

    [Theory]
    [InlineData("a  b", "a b")]
    [InlineData(" a\u00A0\u3000b ", "a b")]
    [InlineData("&amp;amp;", "&")]
    [InlineData("caf&eacute;", "café")]
    [InlineData("cafe\u0301", "café")]
    [InlineData("ＦＵＬＬ　ｗｉｄｔｈ", "full width")]
    [InlineData("\uFB01ne", "fine")]
    [InlineData("\u2018a\u2019 \u201Cb\u201D", "'a' \"b\"")]
    [InlineData("a\u0000b\u0007c\uFEFF", "abc")]
    [InlineData("\u001B[31mred\u001B[0m", "red")]
    [InlineData("a\u2028b", "a b")]
    [InlineData("sch\u00C3\u00B6n", "schön")]
    [InlineData("\u00C3\u0192\u00C2\u00A9", "é")]
    [InlineData("it\u00E2\u20AC\u2122s", "it's")]
    [InlineData("\u0391\u03A3 \u03A3\u0391", "ας σα")]
    public void Encode_TextThatNeedsCleaning_IsTheCleanText(string text, string clean) =>
        Assert.Equal(Clip.Tokenizer.Encode(clean), Clip.Tokenizer.Encode(text));

    [Theory]
    [InlineData("NÃO “aspas”", "não \"aspas\"")]
    [InlineData("groß™", "groß™")]
    [InlineData("CAFÉ® É…", "café® é…")]
    [InlineData("café”…", "café\"…")]
    [InlineData("5×³", "5×³")]
    [InlineData("ÀÉÎ", "àéî")]
    public void Encode_AccentedText_IsNotTakenForMisreadText(string text, string clean) =>
        Assert.Equal(Clip.Tokenizer.Encode(clean), Clip.Tokenizer.Encode(text));

    [Fact]
    public void Encode_EveryByte_ComesBack()
    {
        // three scripts' worth of characters that no cleaning touches and that need every way of spelling bytes
        var text = string.Concat(Enumerable.Range(0x4E00, 2000).Select(c => (char)c)) + " " + string.Concat(Enumerable.Range(0x1F300, 200).Select(char.ConvertFromUtf32));

        Assert.Equal(text, Clip.Tokenizer.Decode(Clip.Tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSame()
    {
        var tokenizer = new ClipTokenizer(Clip.Vocabulary);
        var texts = Enumerable.Range(0, 200).Select(i => $"word{i} a photo, number {i * 7919}").ToArray();
        var expected = texts.Select(text => string.Join(' ', Clip.Tokenizer.Encode(text))).ToArray();

        var actual = new string[texts.Length * 4];
        Parallel.For(0, actual.Length, i => actual[i] = string.Join(' ', tokenizer.Encode(texts[i % texts.Length])));

        Assert.All(actual.Index(), item => Assert.Equal(expected[item.Index % texts.Length], item.Item));
    }

    [Fact]
    public void Encode_MoreWordsThanTheCacheHolds_StaysRight()
    {
        var tokenizer = new ClipTokenizer(Clip.Vocabulary);
        var first = tokenizer.Encode("qx0 qx1");
        for (var i = 0; i < 70_000; i++) tokenizer.Count($"qx{i}z{i}");
        Assert.Equal(first, tokenizer.Encode("qx0 qx1"));
    }

    [Fact]
    public void Encode_OneWordOfAHundredThousandLetters_EndsSoon()
    {
        var random = new Random(1);
        var word = string.Concat(Enumerable.Range(0, 100_000).Select(_ => (char)('a' + random.Next(26))));
        var watch = Stopwatch.StartNew();

        var tokens = Clip.Tokenizer.Encode(word);

        Assert.Equal(word, Clip.Tokenizer.Decode(tokens));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Count_Text_IsTheNumberOfItsTokens()
    {
        Assert.Equal(0, Clip.Tokenizer.Count(""));
        Assert.Equal(Clip.Tokenizer.Encode("a photo of naïve 日本 🙂").Count, Clip.Tokenizer.Count("a photo of naïve 日本 🙂"));
    }
}
