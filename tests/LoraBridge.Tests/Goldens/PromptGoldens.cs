using System.Globalization;
using System.Text.Json;
using LoraBridge.Diffusion.Text;
using LoraBridge.Tests.Diffusion.Text;

namespace LoraBridge.Tests.Goldens;

/// <summary>Prompts as the WebUI reads them, a case a line.</summary>
internal static class PromptGoldens
{
    public static readonly GoldenCheck Check = new("prompts.jsonl", Cases, Run);

    private static IEnumerable<string> Cases(string path) =>
        File.ReadLines(path).Index().Where(line => line.Item.Length > 0).Select(line => line.Index.ToString(CultureInfo.InvariantCulture));

    private static void Run(string path, string name)
    {
        using var document = JsonDocument.Parse(File.ReadLines(path).ElementAt(int.Parse(name, CultureInfo.InvariantCulture)));
        var line = document.RootElement;
        var text = line.GetProperty("text").GetString()!;
        var attention = PromptAttention.Parse(text);
        var parts = ComposedPrompt.Parse(text);
        var chunks = PromptChunks.Read(text, Clip.Tokenizer);
        // where the WebUI raises, we read text
        if (line.TryGetProperty("fails", out _)) return;

        Assert.Equal(Pairs(line, "attention").Select(pair => (pair[0].GetString()!, pair[1].GetDouble())), attention.Select(piece => (piece.Text, piece.Weight)));
        Assert.Equal(Pairs(line, "and").Select(pair => (pair[0].GetString()!, pair[1].GetDouble())), parts.Select(part => (part.Text, part.Weight)));
        foreach (var property in line.EnumerateObject().Where(property => property.Name.StartsWith("schedule_", StringComparison.Ordinal)))
        {
            var steps = int.Parse(property.Name["schedule_".Length..], CultureInfo.InvariantCulture);
            Assert.Equal(
                Pairs(line, property.Name).Select(pair => new ScheduledText(pair[0].GetInt32(), pair[1].GetString()!)),
                PromptSchedule.Parse(text, new() { Steps = steps }));
        }

        Assert.Equal(line.GetProperty("tokens").GetInt32(), chunks.TokenCount);
        var expected = line.GetProperty("chunks").EnumerateArray().ToArray();
        Assert.Equal(expected.Length, chunks.Chunks.Count);
        foreach (var (wanted, chunk) in expected.Zip(chunks.Chunks))
        {
            Assert.Equal(wanted.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), chunk.Tokens);
            Assert.Equal(wanted.GetProperty("multipliers").EnumerateArray().Select(weight => weight.GetDouble()), chunk.Weights);
        }
    }

    private static JsonElement.ArrayEnumerator Pairs(JsonElement line, string name) => line.GetProperty(name).EnumerateArray();
}
