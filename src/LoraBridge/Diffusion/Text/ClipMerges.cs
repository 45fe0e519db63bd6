using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Diffusion.Text;

/// <summary>The files CLIP's merges come in; what any of them yields has the one known hash.</summary>
internal static class ClipMerges
{
    /// <summary>The merges that CLIP uses; OpenAI's file goes on after them.</summary>
    public const int Count = 49152 - 256 - 2;

    private const string Sha256 = "f61f2adf497e6f5357c347aeb4646fabe82f341e946de5bdec5d2858e41bef4a";
    private const string Header = "#version";

    // the npm package's module has 3.5 MB
    private const int LongestModule = 16 << 20;

    private static readonly string[] FileNames = ["bpe_simple_vocab_16e6.txt", "bpe_simple_vocab_16e6.txt.gz", "merges.txt"];

    public static string[] Read(string path)
    {
        if (Directory.Exists(path))
        {
            path = FileNames.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new FileNotFoundException($"The folder '{path}' has none of {string.Join(", ", FileNames)}. Name the vocabulary's file.", path);
        }
        if (!File.Exists(path)) throw new FileNotFoundException($"CLIP's vocabulary '{path}' does not exist. Correct the path.", path);
        if (string.Equals(Path.GetExtension(path), ".json", StringComparison.OrdinalIgnoreCase)) return ReadBesideJson(path);
        return ReadLines(path);
    }

    /// <summary>Reads the module of the npm package: JavaScript around one JSON object whose <c>text</c> is OpenAI's file.</summary>
    public static string[] ReadModule(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The vocabulary's module '{path}' does not exist. Fetch the package again.", path);
        if (new FileInfo(path).Length > LongestModule) throw new VocabularyFormatException(path, $"it is longer than {LongestModule} bytes");
        var module = File.ReadAllText(path);
        var (begin, end) = (module.IndexOf('{'), module.LastIndexOf('}'));
        if (begin < 0 || end < begin) throw new VocabularyFormatException(path, "it holds no object");
        try
        {
            using var json = JsonDocument.Parse(module.AsMemory(begin, end + 1 - begin));
            if (json.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String) return Check(path, new StringReader(text.GetString()!));
        }
        catch (JsonException e)
        {
            throw new VocabularyFormatException(path, $"its object is not JSON: {e.Message}");
        }
        throw new VocabularyFormatException(path, "its object has no field 'text'");
    }

    /// <summary>Writes the merges under OpenAI's header, whole or not at all.</summary>
    public static void Write(IEnumerable<string> merges, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        using var file = new AtomicFile(target);
        file.Stream.Write(Encoding.UTF8.GetBytes($"{Header}: 0.2\n{string.Join('\n', merges)}\n"));
        file.Commit();
    }

    private static string[] ReadBesideJson(string path)
    {
        var merges = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "merges.txt");
        if (!File.Exists(merges)) throw new VocabularyFormatException(path, "the 'merges.txt' that belongs beside it is missing");
        CheckIds(path);
        return ReadLines(merges);
    }

    /// <summary>The merges decide every token; the JSON file is only asked whether it numbers them the same way.</summary>
    private static void CheckIds(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("<|endoftext|>", out var end)
                && end.TryGetInt32(out var id) && id == ClipVocabulary.EndToken) return;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new VocabularyFormatException(path, $"it is not JSON: {e.Message}");
        }
        throw new VocabularyFormatException(path, $"its '<|endoftext|>' is not {ClipVocabulary.EndToken}");
    }

    private static string[] ReadLines(string path)
    {
        using var file = File.OpenRead(path);
        var compressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        try
        {
            return Check(path, reader);
        }
        catch (InvalidDataException e)
        {
            throw new VocabularyFormatException(path, $"it does not decompress: {e.Message}");
        }
    }

    private static string[] Check(string path, TextReader reader)
    {
        var merges = new List<string>(Count);
        for (var line = reader.ReadLine(); line is not null && merges.Count < Count; line = reader.ReadLine())
        {
            if (merges.Count > 0 || !line.Contains(Header, StringComparison.Ordinal)) merges.Add(line);
        }
        if (merges.Count < Count) throw new VocabularyFormatException(path, $"it has {merges.Count} of {Count} merges");

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', merges))));
        return hash == Sha256 ? [.. merges] : throw new VocabularyFormatException(path, $"its merges have the SHA-256 {hash} instead of {Sha256}");
    }
}
