using LoraBridge.Tests.Checkpoints;
using LoraBridge.Training.Samples;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Samples;

public sealed class SamplePromptFileTests : IDisposable
{
    private static readonly SampleOptions s_options = new() { NegativePrompt = "blurred", Width = 512, Height = 640, Steps = 12, GuidanceScale = 6, Sampler = "Heun" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_HaveFlagsAndComments()
    {
        var requests = All("p.txt", "# two of them\na cat --n bad --w 300 --h 256 --d 4294967295 --l 3.5 --s 7 --ss DDIM\n\n  a dog\r\n");
        Assert.Equal(2, requests.Count);
        var (cat, dog) = (requests[0], requests[1]);
        Assert.Equal(("a cat", "bad", 296, 256, 4294967295L, 3.5, 7, "DDIM"), (cat.Prompt, cat.NegativePrompt, cat.Width, cat.Height, cat.Seed!.Value, cat.GuidanceScale, cat.Steps, cat.Sampler));
        Assert.Equal(("a dog", "blurred", 512, 640, 9L, 6.0, 12, "Heun"), (dog.Prompt, dog.NegativePrompt, dog.Width, dog.Height, dog.Seed!.Value, dog.GuidanceScale, dog.Steps, dog.Sampler));
    }

    [Fact]
    public void Toml_SubsetsTakeWhatHoldsForAll()
    {
        var requests = All("p.toml", """
            [prompt]
            width = 768
            scale = 7.5
            sample_sampler = "euler_a"
            negative_prompt = "bad"

            [[prompt.subset]]
            prompt = "a cat, sitting"
            seed = 3

            [[prompt.subset]]
            prompt = "a dog"
            width = 256
            sample_steps = 4
            scale = 2
            """);
        Assert.Equal([("a cat, sitting", 768, 3L, 12, 7.5), ("a dog", 256, 9L, 4, 2.0)], requests.Select(each => (each.Prompt, each.Width, each.Seed!.Value, each.Steps, each.GuidanceScale)));
        Assert.All(requests, each => Assert.Equal(("bad", "euler_a", 640), (each.NegativePrompt, each.Sampler, each.Height)));
    }

    [Fact]
    public void Json_IsAListOfObjects()
    {
        var requests = All("p.json", """
            [
              { "prompt": "a cat", "negative_prompt": "bad", "seed": 5, "width": 128, "height": 136, "sample_steps": 3, "scale": 1.5, "sample_sampler": "DDIM", "enum": 0 },
              { "prompt": "a dog" }
            ]
            """);
        var cat = requests[0];
        Assert.Equal(("a cat", "bad", 5L, 128, 136, 3, 1.5, "DDIM"), (cat.Prompt, cat.NegativePrompt, cat.Seed!.Value, cat.Width, cat.Height, cat.Steps, cat.GuidanceScale, cat.Sampler));
        Assert.Equal(("a dog", "blurred", 12), (requests[1].Prompt, requests[1].NegativePrompt, requests[1].Steps));
    }

    [Fact]
    public void File_ComesAfterTheSettingsPrompts() =>
        Assert.Equal(["first", "second"], SamplePrompt.All(s_options with { Prompts = ["first"], PromptsFile = Written("p.txt", "second") }, 9).Select(each => each.Prompt));

    [Theory]
    [InlineData("p.txt", "a cat\na dog --w wide", "p.txt:2", "--w")]
    [InlineData("p.toml", "width = 3", "p.toml", "[prompt]")]
    [InlineData("p.toml", "[prompt]\nwidth = 64", "p.toml:1", "[[prompt.subset]]")]
    [InlineData("p.toml", "[prompt]\n[[prompt.subset]]\nprompt = \"a\"\nheigth = 64", "p.toml:4", "heigth")]
    [InlineData("p.toml", "[prompt]\n[[prompt.subset]]\nprompt = \"a\nb", "p.toml:3", "no TOML")]
    [InlineData("p.json", "{\"prompt\": \"a\"}", "p.json:1", "list of objects")]
    [InlineData("p.json", "[\n{\"prompt\": \"a\"},\n\"b\"]", "p.json:3", "is an object")]
    [InlineData("p.json", "[{\"prompt\": \"a\", \"seed\": -1}]", "p.json:1", "seed is a whole number")]
    [InlineData("p.json", "[{\"prompt\": \"a\", \"width\": \"big\"}]", "p.json:1", "width is a whole number")]
    [InlineData("p.json", "[{\"prompt\": \"a\", \"width\": 4}]", "p.json:1", "Width must be")]
    [InlineData("p.json", "[{\"prompt\": 3, \"seed\": 1}, {\"width\": 64}]", "p.json:1", "no prompt")]
    [InlineData("p.json", "[{\"prompt\": \"a\",\n", "p.json", "no JSON")]
    [InlineData("p.json", "", "p.json", "no JSON")]
    public void Mistake_IsNamedWithItsLine(string name, string text, string place, string words)
    {
        var error = Assert.Throws<FormatException>(() => All(name, text));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_InAnotherEncoding_IsRefused() =>
        Assert.Contains("UTF-8", Assert.Throws<FormatException>(() => SamplePrompt.All(s_options with { PromptsFile = _folder.Write("p.txt", [0xd6, 0xd0]) }, 9)).Message, StringComparison.Ordinal);

    private string Written(string name, string text) => _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private IReadOnlyList<LoraBridge.Generation.TextToImageRequest> All(string name, string text) => SamplePrompt.All(s_options with { PromptsFile = Written(name, text) }, 9);
}
