using System.CommandLine;

namespace EmojiDiffusion.Commands;

/// <summary>Both stages, one after the other; what is done is not done again.</summary>
internal sealed class AllCommand : Command
{
    public AllCommand() : base("all", "Train everything: the autoencoder, then text encoder and UNet, and write the model's file.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(AutoencoderCommand.StepOptions).Concat(DenoiserCommand.StepOptions)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var stopped = DenoiserCommand.HasOwnAutoencoder(parsed) ? 0 : AutoencoderCommand.Run(parsed, cancel);
        return stopped == 0 ? DenoiserCommand.Run(parsed, cancel) : stopped;
    }
}
