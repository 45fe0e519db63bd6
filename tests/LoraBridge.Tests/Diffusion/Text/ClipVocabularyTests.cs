using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

public sealed class ClipVocabularyTests : IDisposable
{
    private static readonly Lazy<string> s_text = new(() =>
    {
        using var stream = new GZipStream(File.OpenRead(Clip.VocabularyFile), CompressionMode.Decompress);
        return new StreamReader(stream, Encoding.UTF8).ReadToEnd();
    });

    private readonly string _folder = Directory.CreateTempSubdirectory("lorabridge-vocabulary-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_OriginalFile_HasTheKnownTokens()
    {
        Assert.Equal("!", Clip.Vocabulary.Symbol(0));
        Assert.Equal("!</w>", Clip.Vocabulary.Symbol(256));
        Assert.Equal("in", Clip.Vocabulary.Symbol(512));
        Assert.Equal(",</w>", Clip.Vocabulary.Symbol(267));
        Assert.Equal("<|startoftext|>", Clip.Vocabulary.Symbol(49406));
        Assert.Equal("<|endoftext|>", Clip.Vocabulary.Symbol(49407));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("uncompressed")]
    [InlineData("windows line ends")]
    [InlineData("hugging face")]
    [InlineData("folder")]
    public void Load_AnyForm_GivesTheSameTokens(string form)
    {
        var lines = s_text.Value.Split('\n');
        var merges = lines[1..48895];
        var path = form switch
        {
            "plain" => Write("a.txt", string.Join('\n', merges)),
            "uncompressed" => Write("a.txt", s_text.Value),
            "windows line ends" => Write("a.txt", string.Join("\r\n", lines)),
            "hugging face" => Write("merges.txt", "#version: 0.2\n" + string.Join('\n', merges) + "\n", beside: ("vocab.json", """{"<|endoftext|>":49407}""")),
            _ => Path.GetDirectoryName(Write("merges.txt", "#version: 0.2\n" + string.Join('\n', merges)))!,
        };

        var vocabulary = ClipVocabulary.Load(path);

        Assert.Equal(Enumerable.Range(0, ClipVocabulary.Size).Select(Clip.Vocabulary.Symbol), Enumerable.Range(0, ClipVocabulary.Size).Select(vocabulary.Symbol));
    }

    [Fact]
    public void Load_VocabJson_ReadsTheMergesBesideIt()
    {
        Write("merges.txt", "#version: 0.2\n" + string.Join('\n', s_text.Value.Split('\n')[1..48895]));
        var path = Write("vocab.json", """{"!":0,"<|endoftext|>":49407}""");

        Assert.Equal("in", ClipVocabulary.Load(path).Symbol(512));
    }

    [Theory]
    [InlineData("""{"<|endoftext|>":50256}""")]
    [InlineData("""[]""")]
    [InlineData("""{""")]
    public void Load_VocabJsonOfAnotherModel_NamesIt(string json)
    {
        Write("merges.txt", "x y");
        var path = Write("vocab.json", json);

        Assert.Equal(path, Assert.Throws<VocabularyFormatException>(() => ClipVocabulary.Load(path)).Path);
    }

    [Fact]
    public void Load_OneMergeChanged_IsRejectedByItsHash()
    {
        var lines = s_text.Value.Split('\n');
        (lines[100], lines[101]) = (lines[101], lines[100]);
        var path = Write("a.txt", string.Join('\n', lines));

        var error = Assert.Throws<VocabularyFormatException>(() => ClipVocabulary.Load(path));

        Assert.Contains("SHA-256", error.Reason);
        Assert.Equal(path, error.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("i n\nt h\n")]
    public void Load_TooShort_SaysHowManyMergesThereAre(string text)
    {
        var path = Write("a.txt", text);
        Assert.Contains("48894", Assert.Throws<VocabularyFormatException>(() => ClipVocabulary.Load(path)).Message);
    }

    [Fact]
    public void Load_BrokenCompression_IsAFormatError()
    {
        var path = Path.Combine(_folder, "a.txt.gz");
        File.WriteAllBytes(path, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255, 255]);
        Assert.Throws<VocabularyFormatException>(() => ClipVocabulary.Load(path));
    }

    [Fact]
    public void Load_Missing_NamesThePath()
    {
        var path = Path.Combine(_folder, "none.txt");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => ClipVocabulary.Load(path)).Message);
        Assert.Throws<FileNotFoundException>(() => ClipVocabulary.Load(_folder));
    }

    [Fact]
    public void Extract_PackageModule_WritesAFileThatLoads()
    {
        var module = Write("vocabulary.js", $"let obj = {{ \"text\": {JsonSerializer.Serialize(s_text.Value)} }};\nexport default obj;\n");
        var target = Path.Combine(_folder, "data", "clip", "bpe_simple_vocab_16e6.txt");

        ClipVocabulary.Extract(module, target);

        Assert.Equal("in", ClipVocabulary.Load(target).Symbol(512));
        Assert.Equal([target], Directory.GetFiles(Path.GetDirectoryName(target)!));
    }

    [Theory]
    [InlineData("let obj = { \"text\": \"a b\\n\" };")]
    [InlineData("let obj = { \"other\": 1 };")]
    [InlineData("let obj = { 'text': 1 };")]
    [InlineData("nothing")]
    public void Extract_WrongModule_WritesNothing(string text)
    {
        var module = Write("vocabulary.js", text);
        var target = Path.Combine(_folder, "clip", "out.txt");

        Assert.Throws<VocabularyFormatException>(() => ClipVocabulary.Extract(module, target));

        Assert.False(File.Exists(target));
    }

    [Fact]
    public void Decode_Tokens_GivesTheTextInLowerCase()
    {
        Assert.Equal("a photo of naïve 日本 🙂", Clip.Tokenizer.Decode(Clip.Tokenizer.Encode("A photo of naïve 日本 🙂")));
        Assert.Equal("<|startoftext|>cat <|endoftext|>", Clip.Vocabulary.Decode([49406, 2368, 49407]));
        Assert.Equal("\uFFFD", Clip.Vocabulary.Decode([127]));
        Assert.Equal("", Clip.Vocabulary.Decode([]));
    }

    private string Write(string name, string text, (string Name, string Text)? beside = null)
    {
        if (beside is { } other) File.WriteAllText(Path.Combine(_folder, other.Name), other.Text);
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
