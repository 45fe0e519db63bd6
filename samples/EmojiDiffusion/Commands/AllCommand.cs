using System.CommandLine;

namespace EmojiDiffusion.Commands;

/// <summary>All stages, one after the other; what is done is not done again.</summary>
internal sealed class AllCommand : Command
{
    public AllCommand() : base("all", "Train everything: the autoencoder, the text encoder, then both text encoder and UNet, and write the model's file.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(AutoencoderCommand.StepOptions).Concat(TextCommand.StepOptions).Concat(DenoiserCommand.StepOptions).Concat(GlyphSet.Options)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var stopped = GlyphSet.HasOwnAutoencoder(parsed) ? 0 : AutoencoderCommand.Run(parsed, cancel);
        if (stopped == 0) stopped = TextCommand.Run(parsed, cancel);
        return stopped == 0 ? DenoiserCommand.Run(parsed, cancel) : stopped;
    }
}
