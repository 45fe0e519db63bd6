using static LoraBridge.Training.Settings.Reading.KeyRule;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Peers' keys that have no counterpart: those that leave the result alone are noted, the others are refused.</summary>
internal static class ForeignKeys
{
    private const string Attention = "attention is computed in the best way there is; results agree up to rounding.";
    private const string Machine = "one process trains on one device.";
    private const string Loader = "pictures are read beside the training; the number of readers is chosen.";
    private const string Upload = "nothing is sent anywhere.";
    private const string Memory = "memory is arranged by precision.* and cache.*; the result is the same.";

    public static IReadOnlyList<KeyRule> All { get; } =
    [
        Ignored(Attention, "xformers", "sdpa", "mem_eff_attn", "enable_xformers_memory_efficient_attention", "attn_mode", "split_attn"),
        Ignored(Machine, "ddp_timeout", "ddp_gradient_as_bucket_view", "ddp_static_graph", "num_cpu_threads_per_process", "local_rank", "num_machines", "gpu_ids", "main_process_port"),
        Ignored(Loader, "max_data_loader_n_workers", "persistent_data_loader_workers", "dataloader_num_workers", "max_data_loader_workers"),
        Ignored(Upload, "wandb_run_name", "wandb_api_key", "log_tracker_name", "log_tracker_config", "huggingface_repo_id", "huggingface_repo_type", "huggingface_path_in_repo",
            "huggingface_token", "huggingface_repo_visibility", "save_state_to_huggingface", "resume_from_huggingface", "async_upload", "push_to_hub", "hub_token", "hub_model_id"),
        Ignored(Memory, "lowram", "highvram", "blocks_to_swap", "cpu_offload_checkpointing", "fused_backward_pass", "disable_mmap_load_safetensors", "set_grads_to_none"),
        Ignored("graphs are not compiled; the result is the same.", "torch_compile", "dynamo_backend", "dynamo_mode", "dynamo_use_dynamic"),
        Ignored("the tokenizer's words are built in.", "tokenizer_cache_dir", "tokenizer_name"),
        Ignored("a cache is used only for the picture, autoencoder and crop it was made from.", "skip_cache_check", "overwrite_cache"),
        Ignored("the server's own log settings count.", "console_log_level", "console_log_file", "console_log_simple", "verbose", "quiet"),
        Ignored("float32 products are as exact as the device's default.", "allow_tf32"),
        Ignored("shown by train --explain.", "output_config", "print_config"),

        Refused("several processes change the effective batch. Multiply loop.gradientAccumulation instead.", "multi_gpu"),
        new(["num_processes"], key =>
        {
            if (key.IsOn && key.Text is not "1") key.Fail("several processes change the effective batch, and one trains here. Multiply loop.gradientAccumulation instead.");
        }),
        Refused("DeepSpeed is not supported. Leave it out; precision.gradientCheckpointing and cache.* save memory.", "deepspeed"),
        Ignored("only DeepSpeed reads it.", "zero_stage", "offload_optimizer_device", "offload_optimizer_nvme_path", "offload_param_device", "offload_param_nvme_path", "zero3_init_flag", "zero3_save_16bit_model", "fp16_master_weights_and_gradients"),
        Refused("foreign classes cannot be loaded. Put the pictures into folders and name them by train_data_dir.", "dataset_class"),
        Refused("is a run that trains nothing: use --dry-run.", "debug_dataset"),
        Refused("is not supported: give optimizer.learningRate for the batch you train with.", "scale_lr"),
        Refused("pictures of the class are not drawn for you: draw them first and name their folder by reg_data_dir.", "num_class_images"),
        Refused("secrets and attributes per picture have no counterpart.", "custom_attributes"),
        Refused("the clip of gradients and the loss have no spike rule.", "skip_grad_norm"),
    ];
}
