namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>The tools for adapter files, each a subcommand of its own.</summary>
internal sealed class LoraCommand : DocumentedCommand
{
    public LoraCommand() : base("lora", "Look into LoRA files, convert, resize, extract and bake them.")
    {
        Add(new InspectCommand());
        Add(new ConvertCommand());
        Add(new ResizeCommand());
        Add(new ExtractCommand());
        Add(new BakeCommand());
    }

    public override IReadOnlyList<string> Notes =>
    [
        "They read every spelling (kohya, diffusers, PEFT, LyCORIS, safetensors or .pt) and never change the file they read.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge lora inspect cat.safetensors",
        "./lorabridge lora resize cat.safetensors --rank 16 --out cat-16.safetensors",
        "./lorabridge lora bake cat.safetensors:0.8 style.safetensors:0.5 --out both.safetensors",
    ];
}
