using System.Diagnostics;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Tests.Diffusion.Text;

/// <summary>What holds for any text: the parsers end, soon, without throwing, and lose nothing they should keep.</summary>
public sealed class PromptParserPropertyTests
{
    private static readonly string[] s_pieces =
        ["(", ")", "[", "]", ":", "|", "\\", "<", ">", "#", "\n", " ", "AND", "BREAK", "lora", "a", "b,", "1.5", "-3", ".", "0.5", "é", "🙂", "=", "&", "&#", ";", "\ud800", "'", "\u00C3", "\u00A9"];

    [Fact]
    public void Parsers_RandomText_EndWithoutAnError()
    {
        var random = new Random(7);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 5000; i++)
        {
            var prompt = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => s_pieces[random.Next(s_pieces.Length)]));
            ReadAll(prompt);
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Schedule_RandomText_CoversEveryStepInOrder()
    {
        var random = new Random(8);
        for (var i = 0; i < 5000; i++)
        {
            var prompt = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => s_pieces[random.Next(18)]));
            var schedule = PromptSchedule.Parse(prompt, new() { Steps = 10 });
            var ends = schedule.Select(entry => entry.EndStep).ToArray();

            Assert.Equal(10, ends[^1]);
            Assert.Equal(ends.Distinct().Order(), ends);
            Assert.True(ends[0] >= 1);
            // what has neither a group's colon nor its bar is itself
            if (!prompt.Contains(':') && !prompt.Contains('|')) Assert.Equal([new(10, prompt)], schedule);
        }
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("[", ":1]")]
    [InlineData("[", "|]")]
    [InlineData("[a:", ":1]")]
    [InlineData("(", ":1.1)")]
    [InlineData("([", "")]
    [InlineData("", "])")]
    [InlineData("<lora:", "")]
    [InlineData("\\", "")]
    [InlineData(": ", "")]
    [InlineData(" ", "")]
    [InlineData("BREAK ", "")]
    [InlineData("AND ", "")]
    [InlineData("#\n", "")]
    [InlineData("&#", "")]
    [InlineData("\u03A3", "")]
    public void Parsers_TenThousandDeep_EndSoon(string open, string close)
    {
        var prompt = string.Concat(Enumerable.Repeat(open, 10_000)) + "x" + string.Concat(Enumerable.Repeat(close, 10_000));
        var watch = Stopwatch.StartNew();
        ReadAll(prompt);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}");
    }

    private static void ReadAll(string prompt)
    {
        var warnings = new List<PromptWarning>();
        ExtraNetworkTags.Parse(prompt).Loras(warnings);
        PromptCheck.Warnings(prompt, prompt);
        PromptComments.Remove(prompt);
        PromptSchedule.Parse(prompt, new() { Steps = 10 });
        Assert.NotEmpty(ComposedPrompt.Parse(prompt));
        Assert.NotEmpty(PromptAttention.Parse(prompt));
        var chunks = PromptChunks.Read(prompt, Clip.Tokenizer).Chunks;
        Assert.NotEmpty(chunks);
        Assert.All(chunks, chunk => Assert.Equal(PromptChunk.Length, chunk.Tokens.Count));
    }
}
