// The program of a device that carries a WebAssembly module in its flash memory, and runs it on WAMR.
//
// It is written for ESP-IDF, whose programs begin at app_main, and uses nothing that Linux lacks: so it can be tried there.

#include <pthread.h>
#include <stdio.h>

#include "module.h"
#include "wasm_export.h"

#define KIB 1024
#define NATIVE_STACK (32 * KIB) // for the interpreter, which is a C program like others
#define STACK (4 * KIB)         // for the calls of the module
#define HEAP (8 * KIB)          // for its malloc

static void run_module(void)
{
    char error[128];
    // The module lies where it cannot be written: WAMR makes copies of the names and of the data.
    LoadArgs args = { .name = "", .wasm_binary_freeable = true };
    wasm_module_t module = wasm_runtime_load_ex(
        (uint8_t *)module_wasm, module_wasm_len, &args, error, sizeof error);
    if (!module) {
        printf("load: %s\n", error);
        return;
    }
    wasm_module_inst_t instance =
        wasm_runtime_instantiate(module, STACK, HEAP, error, sizeof error);
    if (instance) {
        if (!wasm_application_execute_main(instance, 0, NULL))
            printf("%s\n", wasm_runtime_get_exception(instance));
        wasm_runtime_deinstantiate(instance);
    } else {
        printf("instantiate: %s\n", error);
    }
    wasm_runtime_unload(module);
}

static void *start(void *unused)
{
    (void)unused;
    if (!wasm_runtime_init()) {
        printf("WAMR does not start\n");
        return NULL;
    }
    run_module();
    wasm_runtime_destroy();
    return NULL;
}

// WAMR asks which pthread it runs on. The task that ESP-IDF begins in is none, so it gets one.
void app_main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, NATIVE_STACK);
    if (pthread_create(&thread, &attributes, start, NULL) == 0)
        pthread_join(thread, NULL);
    else
        printf("no thread\n");
    pthread_attr_destroy(&attributes);
}
